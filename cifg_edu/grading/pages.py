"""The bodies of the pages, as templates for `cifg_edu.pages`: STUDENT_PAGE, CLASS_PAGE, STYLE."""

STYLE = """
  td.number { text-align: right }
  pre { white-space: pre-wrap; overflow-wrap: anywhere }
"""

STUDENT_PAGE = """<h1>{{ title }}</h1>
<p><strong>{{ "%g" % total[0] }} of {{ "%g" % total[1] }} points.</strong>
{% if result.file %}Notebook: {{ result.file }}.{% endif %}</p>
{% for problem in result.problems %}
<p>{{ problem }}</p>
{% endfor %}
{% for exercise in result.exercises %}
<h2>{{ "✔" if exercise.earned == exercise.points else "✘" }} {{ exercise.exercise }}:
{{ "%g" % exercise.earned }} of {{ "%g" % exercise.points }} points</h2>
<p>{{ exercise.passed }} of {{ exercise.cases }} cases are right.</p>
{% if exercise.words %}
<pre>{{ exercise.words }}</pre>
{% endif %}
{% endfor %}
"""

CLASS_PAGE = """<h1>Lesson {{ "%02d" % lesson }}: {{ rows | length }} students</h1>
<p>Seed of this run: {{ seed }}. The same numbers are in grades.csv and grades.json.</p>
<table>
<tr><th>Exercise</th><th>Students with full marks</th></tr>
{% for name in names %}
<tr><td>{{ name }}</td><td class="number">{{ full[name] }} of {{ rows | length }}</td></tr>
{% endfor %}
</table>
<h2>The usual wrong answers</h2>
<img src="mutants.png" alt="For each exercise, how many students gave each usual wrong answer; the
 most frequent are listed below.">
{% if top %}
<table>
<tr><th>Exercise</th><th>Students</th><th>Likely cause</th></tr>
{% for row in top %}
<tr><td>{{ row.exercise }}</td><td class="number">{{ row.count }}</td>
<td>{{ row.message }}</td></tr>
{% endfor %}
</table>
{% else %}
<p>No student gave any of them.</p>
{% endif %}
<h2>Students</h2>
<table>
<tr><th>Student</th><th>Points</th>{% for name in names %}<th>{{ name }}</th>{% endfor %}
<th>Notes</th></tr>
{% for row in rows %}
<tr><td><a href="{{ row.page }}">{{ row.result.student }}</a></td>
<td class="number">{{ "%g" % row.total[0] }} of {{ "%g" % row.total[1] }}</td>
{% for exercise in row.result.exercises %}
<td class="number">{{ "%g" % exercise.earned }}</td>
{% endfor %}
<td>{{ row.result.problems | join(" ") }}</td></tr>
{% endfor %}
</table>
"""
