"""Words and paths of files leave the messages of import problems, and of the reports that repeat them."""

import re

from django.db import migrations

QUOTED = re.compile("(?:“.*”|「.*」) ?", re.DOTALL)
UNITED = "this thread is in several files: the newest text is shown, and the comments are merged"
CODES = ("title-missing", "date-clamped", "date-unreadable", "united")


def clean(code, message):
    """Return a message without words and paths of a file."""
    return UNITED if code == "united" else QUOTED.sub("… ", message)


def remove_words(apps, schema_editor):
    """Clean the messages of these codes."""
    problem_model, run_model = apps.get_model("threads", "ImportProblem"), apps.get_model("threads", "ImportRun")
    problems = list(problem_model.objects.filter(code__in=CODES).only("code", "message"))
    for problem in problems:
        problem.message = clean(problem.code, problem.message)
    problem_model.objects.bulk_update(problems, ["message"], batch_size=300)
    runs = []
    for run in run_model.objects.only("report").iterator():
        rows = [row for row in run.report.get("problems", ()) if row["code"] in CODES]
        for row in rows:
            row["message"] = clean(row["code"], row["message"])
        if rows:
            runs.append(run)
    run_model.objects.bulk_update(runs, ["report"], batch_size=50)


class Migration(migrations.Migration):
    dependencies = [
        ("threads", "0015_names_of_moderators"),
    ]

    operations = [migrations.RunPython(remove_words, migrations.RunPython.noop, elidable=True)]
