"""The report of a comparison, as a page and a file of all runs: write_report, answers, ..."""

import base64
import functools
import math
from pathlib import Path
from typing import Any

from cifg_edu.comparison.account import Account, to_text
from cifg_edu.comparison.findings import Comparison, Findings, TaskFindings, find, yardstick
from cifg_edu.comparison.lengths import find_lengths
from cifg_edu.comparison.names import cell_words, is_own, task_words
from cifg_edu.comparison.plain import ALONE, heading, plain_words
from cifg_edu.comparison.plots import (
    LENGTH_WORDS,
    curves_picture,
    differences_picture,
    lengths_picture,
)
from cifg_edu.comparison.schedule import this_machine
from cifg_edu.files import write_atomically
from cifg_edu.pages import render

ENOUGH_REPLICATES = 5
MATCHINGS_IN_WORDS = {"size": "at equal hidden size", "parameters": "with as many parameters"}
QUICK = (
    "A quick run. Sizes and budgets were so small that it shows only that everything works. "
    "It says nothing about the cells."
)
ANSWERS = {
    "better": "the CIFG is better",
    "worse": "the LSTM is better",
    "equivalent": "the two are equivalent within the margin",
    "undecided": "undecided",
    "nothing": "the comparison says nothing",
}


def write_report(folder: Path, account: Account) -> Findings:
    """Write runs.json and report.html.

    Args:
        folder: for both.
        account: everything that they are made from.

    Returns:
        What the runs show.

    Raises:
        UserError: the folder cannot be written.
    """
    findings = find(account.results, account.about, account.tasks)
    compared = [
        _numbers(comparison, account.about[comparison.task].unit)
        for task in findings.tasks
        for comparison in task.comparisons
    ]
    text = to_text(account, written_with=this_machine(), comparisons=compared)
    write_atomically(folder / "runs.json", text.encode())
    write_atomically(folder / "report.html", page(account, findings))
    return findings


def _numbers(comparison: Comparison, unit: str) -> dict[str, Any]:
    interval, values = comparison.interval, comparison.values.tolist()
    return {
        "task": comparison.task,
        "reference": comparison.reference.name,
        "other": comparison.other.name,
        "matching": comparison.other.matching,
        "unit": unit,
        "answer": comparison.answer,
        "nothing": comparison.nothing,
        "margin": comparison.margin,
        "by_replicate": [value if math.isfinite(value) else None for value in values],
        "interval": interval._asdict() if interval else None,
        "p": comparison.p,
        "corrected": comparison.corrected,
    }


def in_unit(value: float, task: str) -> str:
    """A measure or a difference, with so many decimals that the margin has two digits.

    Args:
        value: in the task's unit.
        task: its name; a task without a margin gets three digits, or as many decimals as the
            Sonnets if it is a text of the user's.

    Returns:
        Such as "0.0213" for adding, whose margin is 0.005; or "diverged".
    """
    if not math.isfinite(value):
        return "diverged"
    scale = yardstick(task)
    if scale is None:
        return f"{value:.3g}"
    decimals = 1 - math.floor(math.log10(scale))
    rounded = f"{value:.{decimals}f}"
    return rounded.lstrip("-") if float(rounded) == 0 else rounded


def interval_in_unit(comparison: Comparison) -> str:
    """The interval of a comparison, or why there is none.

    Args:
        comparison: any.

    Returns:
        Such as "-0.0012 to 0.0034".
    """
    if comparison.interval is None:
        return "none"
    ends = (in_unit(end, comparison.task) for end in comparison.interval[1:3])
    return " to ".join(ends)


def short_answer(comparison: Comparison) -> str:
    """The answer in a few words, without numbers.

    Args:
        comparison: one of the family.

    Returns:
        Such as "the CIFG is better, by less than the margin".
    """
    words = ANSWERS[comparison.answer]
    if comparison.answer == "nothing":
        return f"{words} ({comparison.nothing})"
    if comparison.answer in ("better", "worse") and comparison.within_margin:
        return f"{words}, by less than the margin"
    return words


def answer_sentence(comparison: Comparison, unit: str) -> str:
    """What one comparison shows, with its numbers.

    Args:
        comparison: any.
        unit: of the measure.

    Returns:
        One sentence, without its full stop. Outside the family it gives the interval alone.
    """
    matching = MATCHINGS_IN_WORDS[comparison.other.matching]
    names = f"{comparison.reference.name} - {comparison.other.name}"
    start = f"{task_words(comparison.task)}, {matching}: "
    if comparison.interval is None:
        return f"{start}{ANSWERS['nothing']} ({comparison.nothing})"
    mean = in_unit(comparison.interval.mean, comparison.task)
    numbers = f"{names}: {mean} {unit}, 95 % interval {interval_in_unit(comparison)}"
    if comparison.margin is None:
        return f"{start}{numbers}"
    numbers += f"; margin {comparison.margin:g}"
    if comparison.corrected is not None:
        numbers += f"; p = {comparison.corrected:.2g} after Holm's correction"
    return f"{start}{short_answer(comparison)} ({numbers})"


def answers(account: Account, findings: Findings) -> list[str]:
    """What the terminal says: each comparison, and what a reader must know beside it.

    Args:
        account: what the findings are made from.
        findings: what the runs show.

    Returns:
        One sentence a line.
    """
    lines = own_answers(account, findings)
    lines += [
        f"{answer_sentence(comparison, account.about[comparison.task].unit)}."
        for task in findings.tasks
        for comparison in task.comparisons
        if not comparison.own
    ]
    lines += [f"Not whole, and so not reported: {sentence}" for sentence in account.missing]
    return [QUICK, *lines] if account.quick else lines


def own_answers(account: Account, findings: Findings) -> list[str]:
    """What is said of a text or a cell of the user's.

    Args:
        account: what the findings are made from.
        findings: what the runs show.

    Returns:
        A paragraph for each task with one of them, and a last one on how to read them; none where
        there is no such task.
    """
    own = {comparison.task for comparison in findings.own}
    said = [plain_words(t, account.about[t.task]) for t in findings.tasks if t.task in own]
    return [*said, ALONE] if said else []


def relative(reference: float, other: float, less: str, more: str, much: str) -> str:
    """How much of something the reference has, beside another model.

    Args:
        reference, other: the two amounts, above 0.
        less, more, much: the words for it: "fewer", "more", "many"; or "less", "more", "much".

    Returns:
        Such as "25 % fewer", "as many", "twice as many" or "2.4 times as many".
    """
    ratio = reference / other if other else math.inf
    if not math.isfinite(ratio):
        return ""
    percent = round(100 * (ratio - 1))
    if percent == 0:
        return f"as {much}"
    if percent < 0:
        return f"{-percent} % {less}"
    if percent < 90:
        return f"{percent} % {more}"
    times = f"{ratio:.1f}"
    return f"twice as {much}" if times in ("1.9", "2.0", "2.1") else f"{times} times as {much}"


def page(account: Account, findings: Findings) -> bytes:
    """The page, with its pictures inside it.

    Args:
        account: everything that it is made from.
        findings: what the runs show.

    Returns:
        HTML. Everything but the template is escaped.
    """
    lengths = find_lengths(findings.tasks, account.about)
    # A task that is there at other lengths too has its own part; the others are a row of a table.
    rows = {name for found in lengths for name in found.names if name != found.task}
    tasks = [task for task in findings.tasks if task.task not in rows]
    compared = [comparison for task in tasks for comparison in task.comparisons]
    machines = [tuple(machine.items()) for machine in account.machines.values()]
    return render(
        TITLE,
        PAGE,
        STYLE,
        {
            "in_unit": in_unit,
            "interval": interval_in_unit,
            "answer": short_answer,
            "sentence": answer_sentence,
            "yardstick": yardstick,
            "title": lambda task: task_words(task) if is_own(task) else task.capitalize(),
            "task": task_words,
            "fewer": functools.partial(relative, less="fewer", more="more", much="many"),
            "less": functools.partial(relative, less="less", more="more", much="much"),
            "base64": lambda png: base64.b64encode(png).decode(),
        },
        account=account,
        findings=findings,
        tasks=[_task(task, account) for task in tasks],
        lengths=lengths,
        length_words=LENGTH_WORDS,
        lengths_drawn=lengths_picture(lengths) if lengths else None,
        own_cell=any(is_own(comparison.other.cell) for comparison in compared),
        heading=heading(findings),
        own=own_answers(account, findings),
        others=list(dict.fromkeys(cell_words(c.other.cell) for c in compared)),
        matchings=MATCHINGS_IN_WORDS,
        machines=[dict(items) for items in dict.fromkeys(machines)],
        here=this_machine(),
        few=len(findings.replicates) < ENOUGH_REPLICATES,
        quick=QUICK,
    )


def _task(findings: TaskFindings, account: Account) -> dict[str, Any]:
    about = account.about[findings.task]
    drawn = any(comparison.interval for comparison in findings.comparisons)
    pictures = [differences_picture(findings, about.unit)] if drawn else []
    pictures.append(curves_picture(findings, about.unit, (about.baseline, about.baseline_words)))
    return {"about": about, "findings": findings, "pictures": pictures}


TITLE = "The CIFG compared with other cells"
STYLE = """
  body { max-width: 66rem }
  h2 { margin-top: 2.6rem; border-bottom: 2px solid #0072B2 }
  h3 { margin-top: 1.8rem }
  .wide { overflow-x: auto }
  table { font-size: .9rem; font-variant-numeric: tabular-nums; margin-bottom: 1rem }
  caption { text-align: left; font-size: .9rem; padding: .3rem 0; color: #444 }
  th, td { text-align: right; vertical-align: bottom }
  td { white-space: nowrap }
  th:first-child, td:first-child, .words { text-align: left }
  td.words { white-space: normal; min-width: 8em }
  .warning { border-left: .4rem solid #D55E00; background: #fdf3ec; padding: .6rem 1rem }
  .quiet { color: #555; font-size: .9rem }
"""
PAGE = """<h1>{{ heading }}</h1>
{% if own and account.quick %}
<p class="warning"><strong>{{ quick }}</strong></p>
{% endif %}
{% for sentences in own %}
<p>{{ sentences }}</p>
{% endfor %}
{% if findings.family or not own %}
<p>
{% for task in tasks if task.findings.family %}
<strong>{{ task.findings.task | title }}</strong>
(a difference of {{ task.findings.family[0].margin }} {{ task.about.unit }} would matter):
{% for comparison in task.findings.family %}
{{ matchings[comparison.other.matching] }} {{ comparison | answer
}}{{ "; " if not loop.last else "." }}
{% endfor %}
{% else %}
There is no answer: no comparison with the LSTM on a task with a margin is whole.
{% endfor %}
</p>
{% endif %}
<p>The CIFG is the LSTM whose forget gate is 1 - i: it has one gate less. Here it is compared with
{{ "the LSTM" if not own else others | join(", ") }}, once with as many units and once with as many
parameters, in
{{ findings.replicates | length }} replicates. Each has its own split of the data, initial weights
and order of the data, the same for {{ "both" if not own else "all" }} cells, and in each
{{ "both" if not own else "all" }} cells are tuned again.
{{ "Question, margins and rules were stated before the runs, in" if findings.family or not own
else "How they are tuned and measured is in" }} <code>docs/comparison.md</code>.</p>

{% if account.quick and not own %}
<p class="warning"><strong>{{ quick }}</strong></p>
{% endif %}
{% if few %}
<p class="warning"><strong>Only {{ findings.replicates | length }} replicate(s).</strong> That is
fewer than five: do not trust the answers on this page.</p>
{% endif %}
{% if account.missing %}
<p class="warning"><strong>Not whole, and so not reported:</strong>
{{ account.missing | join(" ") }} The same command goes on with them.</p>
{% endif %}

{% if findings.family %}
<h2>The family</h2>
<div class="wide"><table>
<caption>The CIFG minus the LSTM, mean over replicates. Below 0 the CIFG is better. The p-values
are corrected by Holm's method for {{ findings.family_size }} comparisons.</caption>
<tr><th scope="col">task</th><th scope="col" class="words">LSTM</th>
<th scope="col" class="words">answer</th><th scope="col">difference</th>
<th scope="col">95 % interval</th><th scope="col">margin</th><th scope="col">p</th>
<th scope="col">corrected</th><th scope="col" class="words">losses levelled</th></tr>
{% for task in tasks %}
{% for comparison in task.findings.family %}
<tr><td>{{ comparison.task }}</td>
<td class="words">{{ matchings[comparison.other.matching] }}</td>
<td class="words">{{ comparison | answer }}</td>
{% if comparison.answer == "nothing" %}
<td></td><td></td><td>{{ comparison.margin }}</td><td></td><td></td><td></td></tr>
{% else %}
<td>{{ comparison.interval.mean | in_unit(comparison.task) }}</td>
<td>{{ comparison | interval }}</td><td>{{ comparison.margin }}</td>
<td>{{ "{:.2g}".format(comparison.p) }}</td><td>{{ "{:.2g}".format(comparison.corrected) }}</td>
<td class="words">{{ "no" if comparison.still_falling else "yes" }}</td></tr>
{% endif %}
{% endfor %}
{% endfor %}
</table></div>
<p class="quiet">Better or worse: the corrected p-value is 0.05 or less. Equivalent within the
margin: no difference is found, and the whole interval lies within the margin. Undecided: neither.
The interval is Student's t interval for losses, and the BCa bootstrap's for shares, whose p-value
is that of a permutation test. Intervals are not corrected.</p>
{% endif %}

{% for task in tasks %}
{% set name, unit, reference = task.findings.task, task.about.unit, task.findings.models[0] %}
<h2 id="{{ name }}">{{ name | title }}</h2>
<p>{{ task.about.origin }} Measured: {{ unit }}, on test data that neither trained nor tuned any
model, after the last of {{ "{:,}".format(reference.runs[0].spec.updates) }} updates. Less is
better. Without a memory: {{ task.about.baseline | in_unit(name) }}
({{ task.about.baseline_words }}).</p>
<div class="wide"><table>
<caption>The models. Seconds are processor seconds of training one of them.</caption>
<tr><th scope="col">model</th><th scope="col" class="words">size</th>
<th scope="col">parameters</th><th scope="col">mean</th><th scope="col">lowest</th>
<th scope="col">highest</th><th scope="col">seconds</th>
<th scope="col" class="words">beside it the CIFG</th></tr>
{% for model in task.findings.models %}
<tr><td>{{ model.name }}</td>
<td class="words">{{ matchings[model.matching] if model is not sameas reference }}</td>
<td>{{ "{:,}".format(model.parameters) }}</td>
<td>{{ model.mean | in_unit(name) }}</td>
<td>{{ model.measures.min() | in_unit(name) }}</td>
<td>{{ model.measures.max() | in_unit(name) }}</td>
<td>{{ "{:.3g}".format(model.seconds) }}</td>
{% if model is sameas reference %}
<td></td></tr>
{% else %}
<td class="words">has {{ reference.parameters | fewer(model.parameters) }} parameters, takes
{{ reference.seconds | less(model.seconds) }} time</td></tr>
{% endif %}
{% endfor %}
</table></div>
{% set falling = task.findings.family_or_own | map(attribute="still_falling") | sum(start=[])
                 | unique | list %}
{% if falling %}
<p class="warning"><strong>Not levelled.</strong> In the last fifth of the training the mean
validation measure still changed by
{{ "the margin" if task.findings.family else task.findings.task | yardstick }} or more:
{% for model in falling %}
{{ model.name }} by {{ model.last_change | in_unit(name) }}{{ ", " if not loop.last else "." }}
{% endfor %}
Longer training may give another answer.</p>
{% endif %}
{% for picture in task.pictures %}
<img alt="{{ picture.caption }}" src="data:image/png;base64,{{ picture.png | base64 }}">
<p class="quiet">{{ picture.caption }}
{% if loop.last %}
Bands are t intervals for one model alone: <strong>do not compare two models by them</strong>,
since they contain what both share in a replicate. On a logarithmic axis they are cut off near 0.
{% else %}
A dot is one replicate, and the line under the dots the interval of their mean.
{{ "The grey band is the margin." if task.findings.family else "" }}
{% endif %}
</p>
<details class="quiet"><summary>The picture in numbers</summary>
<pre>{{ picture.numbers }}</pre></details>
{% endfor %}
<div class="wide"><table>
<caption>The learning rates: in how many replicates each was the best on the validation part, and
in how many the best was the smallest or the largest of those tried.</caption>
<tr><th scope="col">model</th><th scope="col" class="words">rate: replicates</th>
<th scope="col">at an end</th></tr>
{% for model in task.findings.models %}
<tr><td>{{ model.name }}</td><td class="words">
{% for rate, count in model.rates.items() %}
{{ "{:g}".format(rate) }}: {{ count }}{{ ", " if not loop.last }}
{% endfor %}
</td><td>{{ model.at_end }}</td></tr>
{% endfor %}
</table></div>
{% endfor %}

{% if lengths %}
<h2 id="lengths">Sequence length and accuracy</h2>
<p>What does the extra gate buy, and where? Here the cells have as many units as each other and
learn sequences of other lengths, tuned again at each, with the updates of the task above.
Accuracy is 1 - loss / loss without a memory: 1 for no mistake, 0 for as many as without a memory.
On counting it is the share of strings predicted right; the strings are all longer than those of
the training. Nothing here was stated before the runs, is corrected or is judged.</p>
<img alt="{{ lengths_drawn.caption }}" src="data:image/png;base64,{{ lengths_drawn.png | base64 }}">
<p class="quiet">{{ lengths_drawn.caption }} <strong>Do not compare two cells by their
intervals</strong>, since these contain what both share in a replicate.</p>
<div class="wide"><table>
<caption>The points of the picture. At an end: in how many replicates the best learning rate was
the smallest or the largest of those tried.</caption>
<tr><th scope="col">task</th><th scope="col" class="words">length</th>
<th scope="col" class="words">model</th><th scope="col">accuracy</th>
<th scope="col">95 % interval</th><th scope="col">replicates</th><th scope="col">at an end</th></tr>
{% for found in lengths %}
{% for points in found.points.values() %}
{% for point in points %}
<tr><td>{{ found.task }}</td>
<td class="words">{{ length_words[found.task] }}: {{ point.length }}</td>
<td class="words">{{ point.model.name }}</td>
{% if point.interval %}
<td>{{ "{:.3f}".format(point.interval.mean) }}</td>
<td>{{ "{:.3f} to {:.3f}".format(point.interval.low, point.interval.high) }}</td>
{% else %}
<td class="words" colspan="2">diverged at every rate in replicate(s)
{{ point.model.diverged | join(", ") }}</td>
{% endif %}
<td>{{ point.model.runs | length }}</td><td>{{ point.model.at_end }}</td></tr>
{% endfor %}
{% endfor %}
{% endfor %}
</table></div>
{% endif %}

{% set outside = tasks | map(attribute="findings") | map(attribute="outside") | sum(start=[]) %}
{% if outside %}
<h2>Appendix: outside the family</h2>
<p>These comparisons are not corrected, and have no margin and no answer of the family's kind.</p>
<ul>
{% for comparison in outside %}
<li>{{ comparison | sentence(account.about[comparison.task].unit) }}.</li>
{% endfor %}
</ul>
{% endif %}

<h2>What this experiment cannot show</h2>
<ul>
<li><strong>Other tasks.</strong> An interval is about other splits, initial weights and orders of
the data of these tasks, with the tuning that belongs to each. It is not about other tasks. On a
text the tenths that are held out go round: two replicates may share a test part.</li>
<li><strong>Sizes and budgets.</strong>
{% for task in tasks %}
{{ task.findings.task | task }}:
{{ "{:,}".format(task.findings.models[0].runs[0].spec.updates) }} updates,
{{ task.findings.models | map(attribute="name") | join(", ") }}{{ "; " if not loop.last else "." }}
{% endfor %}
Larger models or longer training may give other results.</li>
<li><strong>Learning rates.</strong> They are half a decade apart, and are the only thing that is
tuned. Where the best lies at an end, the next one beyond is tried
{{ "(not in a quick run)" if account.quick }}; how often it stayed at an end is in the tables.</li>
<li><strong>Undecided.</strong> It does not mean that the cells are equal. It means that so many
replicates, with this scatter, can neither find a difference nor rule out one as large as the
margin.</li>
<li><strong>Runs that diverged.</strong>
{% for task in tasks %}
{% for model in task.findings.models if model.diverged %}
{{ task.findings.task | task }}, {{ model.name }} at every rate in replicate(s)
{{ model.diverged | join(", ") }}.
{% endfor %}
{% endfor %}
No mean leaves out a replicate. A rate that diverged is not chosen if another did not.</li>
<li><strong>Runs that failed.</strong>
{{ account.failed | join(" ") or "None." }}</li>
<li><strong>Peepholes.</strong> No cell here has any. Greff et al. (2017, "LSTM: A Search Space
Odyssey") found that coupling the gates costs nothing significant, but their vanilla LSTM had
peepholes and their tasks were different. Results here neither confirm nor refute theirs.</li>
<li><strong>Initial gates.</strong> With this course's biases a CIFG starts with i = 0.27 and
f = 0.73, and an LSTM with i = 0.5 and f = 0.73. This may cause a part of a difference; the cell
<code>lstm_closed</code> starts with i = 0.27.</li>
<li><strong>Seconds.</strong> They are those of this course's clear NumPy functions, measured while
other runs were active on the same machine. In a fast implementation the ratio may differ.
{{ "A cell of your own is called through an adapter, and each step twice for its gradients: its " ~
"seconds say little." if own_cell else "" }}</li>
</ul>

<h2>How to repeat it</h2>
<pre>{{ account.command }}</pre>
<p>Every run, with its curve, is in <code>runs.json</code> beside this page. Runs were made by
{{ account.place }}. On another processor the last digits may differ, and training magnifies
this.</p>
<ul>
{% for machine in machines %}
<li>Runs: Python {{ machine.python }}, NumPy {{ machine.numpy }}, cifg_edu {{ machine.cifg_edu }},
{{ machine.system }}.</li>
{% endfor %}
<li>This page: Python {{ here.python }}, NumPy {{ here.numpy }}, cifg_edu {{ here.cifg_edu }}.</li>
</ul>
"""
