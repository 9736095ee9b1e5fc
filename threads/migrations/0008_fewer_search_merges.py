from django.db import migrations

# Merges during an import are redundant, because the index is merged into one segment at its end. FTS5 supports 2,000
# segments; an import writes one for each 5,000 comments.
SQLITE = "INSERT INTO threads_searchtext(threads_searchtext, rank) VALUES ('crisismerge', %d)"
LATE, USUAL = 1000, 16


def merge_late(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(SQLITE % LATE)


def merge_early(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(SQLITE % USUAL)


class Migration(migrations.Migration):

    dependencies = [
        ('threads', '0007_redacted_elsewhere'),
    ]

    operations = [
        migrations.RunPython(merge_late, merge_early),
    ]
