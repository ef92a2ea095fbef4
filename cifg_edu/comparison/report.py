"""The report of a comparison, as a page and a file of all runs: write_report, Account, About."""

import base64
import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, NamedTuple

from cifg_edu.comparison.findings import Difference, Findings, Row, TaskFindings, find
from cifg_edu.comparison.plots import Picture, curves_picture, outcome_picture
from cifg_edu.comparison.runs import REFERENCE_CELL, RunResult, RunSpec, to_json
from cifg_edu.comparison.schedule import describe, this_machine
from cifg_edu.files import write_atomically
from cifg_edu.pages import render
from cifg_edu.statistics import Interval

REPORT_FORMAT = 1
ENOUGH_SEEDS = 5
MAIN_RIVAL = "lstm"
# A hyphen between two numbers reads as "to".
MINUS = "\N{MINUS SIGN}"
MATCHING_TITLES = {"size": "Equal hidden size", "parameters": "Equal number of parameters"}


class About(NamedTuple):
    """A task in words: what the data are, the unit, and the baseline."""

    origin: str
    unit: str
    baseline: float
    baseline_words: str


@dataclass(frozen=True)
class Account:
    """Everything that a report is made from.

    results: tuning and final runs.
    machines: what made each of them.
    failed: one sentence on each run without a result.
    about: each task in words.
    command: the command that repeats the comparison.
    place: where the runs were made, such as "2 processes on this machine".
    quick: whether sizes and budgets are so small that they show only that everything works.
    """

    results: list[RunResult]
    machines: dict[RunSpec, dict[str, str]]
    failed: dict[RunSpec, str]
    about: dict[str, About]
    command: str
    place: str
    quick: bool = False


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
    units = {task: about.unit for task, about in account.about.items()}
    findings = find(account.results, units)
    write_atomically(folder / "runs.json", _all_runs(account, findings).encode())
    write_atomically(folder / "report.html", page(account, findings))
    return findings


def _all_runs(account: Account, findings: Findings) -> str:
    runs = [
        {"machine": account.machines.get(result.spec), **json.loads(to_json(result))}
        for result in account.results
    ]
    failed = [{"spec": asdict(spec), "why": why} for spec, why in account.failed.items()]
    compared = [
        {
            "task": task.task,
            "matching": matching,
            "cell": row.cell,
            "verdict": row.difference.sentence if row.difference else row.no_difference,
            **(_numbers(row.difference) if row.difference else {}),
        }
        for task in findings.tasks
        for matching, rows in task.tables.items()
        for row in rows
        if row.cell != REFERENCE_CELL
    ]
    content = {
        "format": REPORT_FORMAT,
        "command": account.command,
        "written_with": this_machine(),
        "differences": compared,
        "failed": failed,
        "runs": runs,
    }
    return json.dumps(content, indent=1, allow_nan=False) + "\n"


def _numbers(difference: Difference) -> dict[str, Any]:
    return {
        "by_seed": difference.values.tolist(),
        "t_interval": difference.t._asdict(),
        "bootstrap": difference.bootstrap._asdict(),
    }


def verdicts(findings: Findings) -> list[str]:
    """One sentence for each model that is compared with the CIFG.

    Args:
        findings: what the runs show.

    Returns:
        The sentences, each with its task and matching first.
    """
    return [
        f"{task.task}, {MATCHING_TITLES[matching].lower()}: {verdict_of(row)}."
        for task in findings.tasks
        for matching, rows in task.tables.items()
        for row in rows
        if row.cell != REFERENCE_CELL
    ]


def _summary(account: Account, findings: Findings) -> list[dict[str, Any]]:
    """One line for each table and each model compared with the CIFG."""
    return [
        {
            "main": row.cell == MAIN_RIVAL,
            "task": task.task,
            "matching": matching,
            "unit": account.about[task.task].unit,
            "reference": rows[0],
            "row": row,
        }
        for task in findings.tasks
        for matching, rows in task.tables.items()
        for row in rows
        if row.cell != REFERENCE_CELL
    ]


def verdict_of(row: Row) -> str:
    """The verdict on a row that is not the reference.

    Args:
        row: the model that is compared with the CIFG.

    Returns:
        A sentence without its full stop.
    """
    return row.difference.sentence if row.difference else row.no_difference


def page(account: Account, findings: Findings) -> bytes:
    """The page, with its pictures inside it.

    Args:
        account: everything that it is made from.
        findings: what the runs show.

    Returns:
        HTML. Everything but the template is escaped.
    """
    filters = {
        "interval": _interval,
        "number": lambda value: f"{value:.4g}" if math.isfinite(value) else "diverged",
        "signed": lambda value: f"{value:+.3g}".replace("-", MINUS),
        "saved": _saved,
        "verdict": verdict_of,
        "describe": describe,
        "base64": lambda png: base64.b64encode(png).decode(),
    }
    return render(
        TITLE,
        PAGE,
        STYLE,
        filters,
        account=account,
        findings=findings,
        tasks=[_task(task, account.about[task.task]) for task in findings.tasks],
        titles=MATCHING_TITLES,
        machines=_distinct(list(account.machines.values())),
        here=this_machine(),
        few=len(findings.seeds) < ENOUGH_SEEDS,
        edges=[(task, rates) for task, rates in findings.all_rates if rates.at_edge],
        incomplete=[
            (task.task, row)
            for task in findings.tasks
            for row in task.rows
            if len(row.runs) < len(findings.seeds)
        ],
        miss=min(100, 5 * findings.compared),
        summary=_summary(account, findings),
    )


def _task(findings: TaskFindings, about: About) -> dict[str, Any]:
    baseline = (about.baseline, about.baseline_words)
    pictures: dict[str, Picture] = {
        matching: curves_picture(
            f"{findings.task}, {MATCHING_TITLES[matching].lower()}", rows, about.unit, baseline
        )
        for matching, rows in findings.tables.items()
        if rows
    }
    outcome = outcome_picture(findings, about.unit, baseline)
    return {"about": about, "findings": findings, "pictures": pictures, "outcome": outcome}


def _distinct(machines: list[dict[str, str]]) -> list[dict[str, str]]:
    return [dict(items) for items in dict.fromkeys(tuple(m.items()) for m in machines)]


def _interval(interval: Interval) -> str:
    ends = (f"{value:.3g}".replace("-", MINUS) for value in interval[1:3])
    return " to ".join(ends)


def _saved(reference: float, other: float) -> str:
    """How much less the reference has, in percent; negative if it has more."""
    if not other:
        return ""
    percent = 100 * (1 - reference / other)
    return f"{percent:.0f} %" if percent >= 0 else f"{MINUS}{-percent:.0f} %"


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
  td.words { white-space: normal }
  .warning { border-left: .4rem solid #D55E00; background: #fdf3ec; padding: .6rem 1rem }
  .quiet { color: #555; font-size: .9rem }
"""
PAGE = """<h1>How much does the CIFG lose, and what does it save?</h1>
<p>The CIFG is the LSTM whose forget gate is 1 - i: it has one gate less. Here it is compared with
other cells, once with as many units and once with as many parameters. Every model had the same
data in the same order, the same number of updates, and the same learning rates to choose from.
Each was then trained with {{ findings.seeds | length }} seeds.</p>

{% if account.quick %}
<p class="warning"><strong>A quick run.</strong> Sizes and budgets were so small that this page
shows only that everything works. It says nothing about the cells.</p>
{% endif %}
{% if few %}
<p class="warning"><strong>Only {{ findings.seeds | length }} seed(s).</strong> That is fewer than
five: do not trust the verdicts on this page. The intervals rest on very few runs, and even large
differences may not be found.</p>
{% endif %}
{% if account.failed %}
<p class="warning"><strong>{{ account.failed | length }} run(s) failed</strong> and are missing
here; they are <a href="#failed">listed below</a>. The same command tries them again.</p>
{% endif %}

<h2>What came out</h2>
{% for title, main in [("The CIFG and the vanilla LSTM", true),
                       ("The CIFG and other cells", false)] %}
{% set chosen = summary | selectattr("main", "equalto", main) | list %}
{% if chosen %}
<div class="wide"><table>
<caption>{{ title }}. Below 0 the CIFG is better.</caption>
<tr><th scope="col">task</th><th scope="col">matched by</th>
<th scope="col" class="words">verdict</th>
<th scope="col">difference, 95 % t interval</th><th scope="col">the CIFG saves parameters</th>
<th scope="col">and seconds</th></tr>
{% for line in chosen %}
<tr><td>{{ line.task }}</td><td>{{ line.matching | replace("size", "hidden size") }}</td>
{% if line.row.difference %}
<td class="words">{{ line.row.difference.short }}</td>
<td>{{ line.row.difference.t | interval }} {{ line.unit }}</td>
{% else %}
<td class="words" colspan="2">{{ line.row.no_difference }}</td>
{% endif %}
<td>{{ line.reference.parameters | saved(line.row.parameters) }}</td>
<td>{{ line.reference.seconds | saved(line.row.seconds) }}</td></tr>
{% endfor %}
</table></div>
{% endif %}
{% endfor %}
{% if not summary %}
<p>Nothing was compared: there are no finished runs of two models.</p>
{% endif %}
<p>The t interval decides. {{ findings.found }} of {{ findings.compared }} intervals exclude 0.
{% if findings.compared > 1 %}
With {{ findings.compared }} comparisons at 95 % each, the chance that at least one interval misses
the true difference is up to {{ miss }} %.
{% if findings.surviving %}
After Bonferroni's correction for that, these differences remain:</p>
<ul>{% for sentence in findings.surviving %}<li>{{ sentence }}</li>{% endfor %}</ul>
{% else %}
After Bonferroni's correction for that, none remains.</p>
{% endif %}
{% else %}
</p>
{% endif %}

{% for task in tasks %}
{% set unit = task.about.unit %}
<h2 id="{{ task.findings.task }}">{{ task.findings.task | capitalize }}</h2>
<p>{{ task.about.origin }} Measured: {{ unit }}, after the last of
{{ "{:,}".format(task.findings.updates) }} updates, on data that neither trained nor tuned any
model. Less is better.
The dashed line is {{ task.about.baseline | number }}
({{ task.about.baseline_words }}).</p>
<img alt="{{ task.outcome.caption }}" src="data:image/png;base64,{{ task.outcome.png | base64 }}">
<p class="quiet">{{ task.outcome.caption }} Bars on the left are t intervals for one model alone.
<strong>Do not compare two models by them</strong>: they still contain what both models share with
a seed. On the right a dot is one seed, a full line the t interval for the mean difference and a
dotted line the bootstrap's.</p>
<details class="quiet"><summary>The picture in numbers</summary>
<pre>{{ task.outcome.numbers }}</pre></details>
{% for matching, rows in task.findings.tables.items() if rows %}
{% set reference = rows[0] %}
<h3>{{ titles[matching] }}</h3>
<div class="wide"><table>
<caption>The models. The measure is {{ unit }}; seconds are processor seconds of training one
model.</caption>
<tr><th scope="col">model</th><th scope="col">parameters</th><th scope="col">tuned rate</th>
<th scope="col">seeds</th><th scope="col">mean at the end</th>
<th scope="col">95 % t interval of that mean</th><th scope="col">seconds</th></tr>
{% for row in rows %}
<tr><td>{{ row.name }}</td><td>{{ "{:,}".format(row.parameters) }}</td>
<td>{{ "{:g}".format(row.rate) }}</td><td>{{ row.runs | length }}</td>
{% if row.mean %}
<td>{{ row.mean.mean | number }}</td><td>{{ row.mean | interval }}</td>
{% elif row.diverged %}
<td colspan="2">{{ row.diverged | length }} diverged</td>
{% else %}
<td colspan="2">{{ row.runs[0].final | number }}, one run</td>
{% endif %}
<td>{{ "{:.3g}".format(row.seconds) }}</td></tr>
{% endfor %}
</table></div>
<div class="wide"><table>
<caption>The CIFG's measure minus that of each other model, in pairs of one seed: below 0 the CIFG
is better. The t interval decides.</caption>
<tr><th scope="col">pair</th><th scope="col">mean difference</th>
<th scope="col">95 % t interval</th><th scope="col">95 % bootstrap</th>
<th scope="col">the CIFG saves parameters</th><th scope="col">and seconds</th></tr>
{% for row in rows if row is not sameas reference %}
<tr><td>{{ reference.name }} &minus; {{ row.name }}</td>
{% if row.difference %}
<td>{{ row.difference.t.mean | signed }}</td>
<td><strong>{{ row.difference.t | interval }}</strong></td>
<td>{{ row.difference.bootstrap | interval }}</td>
{% else %}
<td colspan="3">none</td>
{% endif %}
<td>{{ reference.parameters | saved(row.parameters) }}</td>
<td>{{ reference.seconds | saved(row.seconds) }}</td></tr>
{% endfor %}
</table></div>
<ul>
{% for row in rows if row is not sameas reference %}
<li><strong>{{ row | verdict }}.</strong>
{% if row.difference and row.difference.alike %}
The two runs of every pair ended with the same measure: at this budget the task cannot tell the
two models apart.
{% elif row.difference %}
With this scatter {{ row.difference.values | length }} seeds find a true difference of
{{ "{:.2g}".format(row.difference.detectable) }} {{ unit }} 8 times in 10; they would often miss a
smaller one.
{% if row.difference.disagree %}
THE TWO INTERVALS DISAGREE ON 0: the bootstrap is too narrow with few seeds, so the t interval was
chosen in advance to decide.
{% endif %}
{% endif %}
</li>
{% endfor %}
</ul>
{% set idle = rows | selectattr("mean")
                   | selectattr("mean.mean", "ge", task.about.baseline) | list %}
{% if idle %}
<p class="warning">Not better than the dashed line ({{ task.about.baseline_words }}), on average:
{{ idle | map(attribute="name") | join(", ") }}. A comparison of two such models says nothing.</p>
{% endif %}
{% set picture = task.pictures[matching] %}
<img alt="{{ picture.caption }}" src="data:image/png;base64,{{ picture.png | base64 }}">
<p class="quiet">{{ picture.caption }} Bands are t intervals over seeds for one
model alone; on a logarithmic axis they are cut off near 0.</p>
<details class="quiet"><summary>The picture in numbers</summary>
<pre>{{ picture.numbers }}</pre></details>
{% endfor %}
{% endfor %}

<h2>How the rates were chosen</h2>
<p>Each model was trained once at every rate, with the same seed, and measured on validation data.
The rate with the smallest measure was chosen.</p>
<div class="wide"><table>
<tr><th scope="col">task</th><th scope="col">model</th><th scope="col">measure at each rate</th>
<th scope="col">chosen</th></tr>
{% for task, rates in findings.all_rates %}
<tr><td>{{ task }}</td><td>{{ rates.row.name }}</td>
<td>{% for rate, measure in rates.measures.items() %}
{{ "{:g}".format(rate) }}: {{ measure | number }}{{ ", " if not loop.last }}
{% endfor %}</td>
<td>{{ "{:g}".format(rates.row.rate) }}{{ ", at the edge" if rates.at_edge }}</td></tr>
{% endfor %}
</table></div>

<h2>What this experiment cannot show</h2>
<ul>
<li><strong>Seeds.</strong> {{ findings.seeds | length }} seeds
({{ findings.seeds | join(", ") }}){{ "; none was left out" if not account.failed }}. The t
interval assumes that differences are about normal. The percentile bootstrap does not, but it is
too narrow with few seeds: a 95 % interval contains the true difference about 84 times in 100 at
five seeds, 89 at ten and 93 at twenty (<em>lesson 12</em>). So the t interval decides, and the
bootstrap is shown beside it. "No difference found" does not mean that the cells are equal.</li>
<li><strong>One split.</strong> A seed changes the initial weights and the order of the data, but
not which data are held out. An interval is about other seeds, not about other texts or tasks.</li>
<li><strong>Sizes and budgets.</strong>
{% for task in tasks %}
{{ task.findings.task }}: {{ "{:,}".format(task.findings.updates) }} updates,
H = {{ task.findings.rows | map(attribute="hidden_size") | unique | sort | join(", ")
}}{{ "; " if not loop.last else "." }}
{% endfor %}
Larger models or longer training may give other results.</li>
<li><strong>Learning rates.</strong>
{% if edges %}
For these models the best rate is at the edge of those that were tried. A better rate may lie
beyond it, so the model may be better than it looks here:
{% for task, rates in edges %}
{{ task }}, {{ rates.row.name }} (the {{ rates.at_edge }}, {{ "{:g}".format(rates.row.rate)
}}){{ "; " if not loop.last else "." }}
{% endfor %}
{% else %}
No model's best rate is at the edge of those that were tried.
{% endif %}
Each rate was judged by one run, so chance has a part in the choice.</li>
<li><strong>Runs that diverged.</strong>
{% if findings.diverged %}
{{ findings.diverged | length }}; no mean leaves them out:
{% for spec in findings.diverged %}
{{ spec | describe }}{{ "; " if not loop.last else "." }}
{% endfor %}
{% else %}
None.
{% endif %}
</li>
<li id="failed"><strong>Runs that failed.</strong>
{% if account.failed %}
{{ account.failed | length }}; the pairs are the seeds that both models have.
{% for sentence in account.failed.values() %}<br>{{ sentence }}{% endfor %}
{% for task, row in incomplete %}
<br>{{ task }}, {{ row.name }} has {{ row.runs | length }} of {{ findings.seeds | length }} seeds.
{% endfor %}
{% else %}
None.
{% endif %}
</li>
<li><strong>Many comparisons.</strong> {{ findings.compared }}, none of them left out; their effect
on the intervals is described above.</li>
<li><strong>Peepholes.</strong> No cell here has any. Greff et al. (2017, "LSTM: A Search Space
Odyssey") found that coupling the gates costs nothing significant, but their vanilla LSTM had
peepholes and their tasks were different. Results here neither confirm nor refute theirs.</li>
<li><strong>Initial gates.</strong> With this course's biases a CIFG starts with i = 0.27 and
f = 0.73, and an LSTM with i = 0.5 and f = 0.73. This may cause a part of a difference.</li>
<li><strong>Seconds.</strong> They are those of this course's clear NumPy functions, measured while
other runs were active on the same machine. In a fast implementation the ratio may differ.</li>
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
