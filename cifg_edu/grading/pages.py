"""The pages of a graded lesson, as templates for `cifg_edu.pages`: CLASS_PAGE, STUDENT_PAGE, ..."""

STYLE = """
  td.number { text-align: right; white-space: nowrap }
  pre { white-space: pre-wrap; overflow-wrap: anywhere }
"""

# Of the class's page: as many columns as there are exercises, and room for the notes.
WIDE = """
  body { max-width: 100rem }
  th, td { vertical-align: top }
  th.number { text-align: right }
  .sortable th { font-size: .85rem }
  td.name { min-width: 8rem; overflow-wrap: anywhere }
  td.notes { width: 100%; min-width: 14rem; font-size: .9rem; overflow-wrap: anywhere }
  @media (max-width: 1000px) {
    .sortable th, .sortable td { font-size: .75rem; padding: .2rem }
    td.name { min-width: 6rem }
    td.notes { min-width: 10rem }
  }
  th button { all: unset; cursor: pointer }
  th button:focus-visible { outline: 2px solid }
  th button::after { content: " \\2195"; color: #666 }
  th[aria-sort=ascending] button::after { content: " \\2191" }
  th[aria-sort=descending] button::after { content: " \\2193" }
"""

# A click on a column's head sorts by it, another turns the order round. Where a cell has the
# attribute data-number, that counts and not its text.
SORT = """
const key = cell => Number(cell.dataset.number ?? NaN);
for (const button of document.querySelectorAll("table.sortable th button")) {
  button.addEventListener("click", () => {
    const head = button.parentElement, rows = [...head.closest("table").tBodies[0].rows];
    const way = head.ariaSort === "ascending" ? -1 : 1;
    const compare = (a, b) => key(a) - key(b) || a.textContent.localeCompare(b.textContent);
    const at = row => row.cells[head.cellIndex];
    for (const other of head.parentElement.cells) other.ariaSort = null;
    head.ariaSort = way > 0 ? "ascending" : "descending";
    rows.sort((a, b) => way * compare(at(a), at(b)));
    head.closest("table").tBodies[0].append(...rows);
  });
}
"""

STUDENT_PAGE = """<h1>{{ title }}</h1>
<p><strong>{{ "%g" % total[0] }} of {{ "%g" % total[1] }} points.</strong>
{% if result.file %}Notebook: {{ result.file | visible }}.{% endif %}</p>
{% for problem in result.problems %}
<p>{{ problem }}</p>
{% endfor %}
{% for exercise in result.exercises %}
<h2>{{ "✔" if exercise.right else "✘" }} {{ exercise.exercise }}:
{{ "%g" % exercise.earned }} of {{ "%g" % exercise.points }} points</h2>
<p>{{ exercise.passed }} of {{ exercise.cases }} cases are right.
{{ exercise.lateness }}</p>
{% if exercise.words %}
<pre>{{ exercise.words }}</pre>
{% endif %}
{% endfor %}
"""

CLASS_PAGE = """<h1>Lesson {{ "%02d" % lesson }}: {{ rows | length }} students</h1>
<p>Seed of this run: {{ seed }}. The same numbers are in grades.csv and grades.json.<br>
Around the students' code: {{ fences | join("; ") }}.</p>
<h2>Students</h2>
<table class="sortable">
<thead><tr><th aria-sort="ascending"><button>Student</button></th><th><button>Points</button></th>
{% for exercise in exercises %}
<th><button>{{ exercise.name.split("_") | join("_<wbr>" | safe) }}</button></th>
{% endfor %}
<th><button>Notes</button></th></tr></thead>
<tbody>
{% for row in rows %}
<tr><td class="name"><a href="{{ row.page }}">{{ row.result.student | visible }}</a></td>
<td class="number" data-number="{{ row.total[0] }}">{{ "%g" % row.total[0] }} of
 {{ "%g" % row.total[1] }}</td>
{% for exercise in row.result.exercises %}
<td class="number" data-number="{{ exercise.earned }}">{{ "%g" % exercise.earned }}
{% if exercise.lateness %}
<br>{{ "right, late" if exercise.right else "late" }}
{% endif %}
</td>
{% endfor %}
<td class="notes">{{ row.result.problems | join(" ") }}</td></tr>
{% endfor %}
</tbody>
</table>
{% if not_taken %}
<p>Not taken, since they are no notebooks: {{ not_taken | join(", ") | visible }}.</p>
{% endif %}
<h2>Exercises</h2>
<table>
<tr><th>Exercise</th><th class="number">Right</th><th class="number">Right in part</th>
<th class="number">Not right</th><th class="number">Late</th>
<th class="number">Mean points</th></tr>
{% for exercise in exercises %}
<tr><td>{{ exercise.name }}</td>
<td class="number">{{ exercise.right }} of {{ rows | length }}</td>
<td class="number">{{ exercise.part }}</td>
<td class="number">{{ (rows | length) - exercise.right - exercise.part }}</td>
<td class="number">{{ exercise.late }}</td>
<td class="number">{{ "%.1f" % exercise.mean }} of {{ "%g" % exercise.points }}</td></tr>
{% endfor %}
</table>
<h2>Usual mistakes</h2>
{% if mistakes %}
<img src="mutants.png" alt="How many students made each usual mistake; the table below says it.">
<table>
<tr><th>Exercise</th><th>Students</th><th>Likely cause</th><th>Who</th></tr>
{% for row in mistakes %}
<tr><td>{{ row.exercise }}</td><td class="number">{{ row.students | length }}</td>
<td>{{ row.message }}</td><td class="name">{{ row.students | join(", ") | visible }}</td></tr>
{% endfor %}
</table>
{% else %}
<p>No student made any of them.</p>
{% endif %}
{% if unknown %}
<h2>Mistakes without a name</h2>
<p>The answers of a group do the same in every case, and no usual mistake does. To give one a name,
which its students then read: <code>python -m cifg_edu name-mistake GRADES GROUP "likely
cause"</code>.</p>
<table>
<tr><th>Group</th><th>Students</th><th>What fails</th><th>Who</th></tr>
{% for group in unknown %}
<tr><td>{{ group.name }}</td><td class="number">{{ group.students | length }}</td>
<td><pre>{{ group.words }}</pre><details><summary>One of the answers</summary>
<pre>{{ group.answer | visible }}</pre></details></td>
<td class="name">{{ group.students | join(", ") | visible }}</td></tr>
{% endfor %}
</table>
{% endif %}
{% if looks %}
<h2>For a look</h2>
<p>None of this costs points. Students may learn together and open every hint.</p>
<table>
<tr><th>Exercise</th><th>The answer</th><th>Who</th></tr>
{% for look in looks %}
<tr><td>{{ look.exercise }}</td><td>{{ look.words }}</td>
<td class="name">{{ look.students | join(", ") | visible }}</td></tr>
{% endfor %}
</table>
{% endif %}
"""

GRADEBOOK_PAGE = """<h1>All lessons: {{ rows | length }} students</h1>
<p>The same numbers are in gradebook.csv, with a column for each exercise. A dash: nothing counts
yet, and nothing is added to the total.</p>
{% for note in notes %}
<p>{{ note }}</p>
{% endfor %}
<table class="sortable">
<thead><tr><th><button>Student</button></th>
<th><button>Total, of {{ "%g" % possible }}</button></th>
{% for lesson in lessons %}
<th><button>{{ lesson.title | visible }}, of {{ "%g" % lesson.total }}</button></th>
{% endfor %}
</tr></thead>
<tbody>
{% for row in rows %}
<tr><td class="name">{{ row.student | visible }}</td>
<td class="number" data-number="{{ row.total or 0 }}">{{ "%g" % (row.total or 0) }}</td>
{% for cell in row.cells %}
<td class="number" data-number="{{ -1 if cell.earned is none else cell.earned }}">
{% if cell.page %}
<a href="{{ cell.page }}">{{ "-" if cell.earned is none else "%g" % cell.earned }}</a>
{% endif %}
{% for mark in cell.marks %}
<br>{{ mark }}
{% endfor %}
</td>
{% endfor %}
</tr>
{% endfor %}
</tbody>
</table>
"""
