from django.db import migrations

# LZ4 makes Chinese texts a sixth smaller. PostgreSQL's own method gives up on them. Stored rows keep their method until
# they are written again. Originals are compressed already.
#
# Django adds a second index to each indexed text column, for `LIKE 'start%'`. Only admin searches so, in small tables.
TEXTS = {
    "threads_article": ("body", "body_html"),
    "threads_comment": ("body", "body_html"),
    "threads_searchentry": ("title", "words", "quoted", "terms"),
}
HAS_LZ4 = "SELECT 'lz4' = ANY(enumvals) FROM pg_settings WHERE name = 'default_toast_compression'"
UNUSED = (
    "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema() AND indexname LIKE 'threads\\_%\\_like'"
)


def make_smaller(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(HAS_LZ4)
        if cursor.fetchone()[0]:
            for table, columns in TEXTS.items():
                for column in columns:
                    cursor.execute(f"ALTER TABLE {table} ALTER {column} SET COMPRESSION lz4")
        cursor.execute("ALTER TABLE threads_sourcefile ALTER content SET STORAGE EXTERNAL")
        cursor.execute(UNUSED)
        for (name,) in cursor.fetchall():
            cursor.execute(f'DROP INDEX "{name}"')


class Migration(migrations.Migration):

    dependencies = [
        ("threads", "0022_search_of_characters"),
    ]

    operations = [
        migrations.RunPython(make_smaller, migrations.RunPython.noop),
    ]
