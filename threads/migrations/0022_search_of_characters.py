from django.db import migrations

# The text of an entry is in its row, without spaces between single characters, and one index has the characters and
# words of all texts. Texts are compressed from 1 kB, but rows of up to a page stay whole, so that a search needs no second
# lookup. A short pending list keeps the file of the index small: its pages are used again, but never freed.
#
# `ANALYZE` calls the function for each row of its sample: 300 rows for each unit of the highest statistics target.
# PL/pgSQL is not inlined, so the planner knows the cost. Otherwise it may call the function for each row of a range.
#
# The reverse does nothing: an older program needs a backup that it made.
TEXTS = ("title", "words", "quoted", "terms")
OTHERS = ("id", "article_id", "comment_id", "author_id", "digest")
CHANGES = [
    *(f"ADD IF NOT EXISTS {column} text NOT NULL DEFAULT ''" for column in TEXTS),
    *(f"ALTER {column} SET STORAGE MAIN, ALTER {column} SET STATISTICS 0" for column in TEXTS),
    *(f"ALTER {column} SET STATISTICS 10" for column in OTHERS),
]
POSTGRES = [
    "DROP TABLE IF EXISTS threads_searchtext",
    "ALTER TABLE threads_searchentry SET (toast_tuple_target = 1024)",
    *(f"ALTER TABLE threads_searchentry {change}" for change in CHANGES),
    "CREATE OR REPLACE FUNCTION threads_search_vector(texts text, terms text) RETURNS tsvector "
    "LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE COST 10000 AS $$ "
    "DECLARE characters text[] := string_to_array(texts, NULL); BEGIN "
    "IF cardinality(characters) > 800 THEN "
    "characters := (SELECT array_agg(first || mod(ascii(second), 12)) "
    "FROM unnest(characters, characters[2:] || ' '::text) AS pairs (first, second) WHERE ascii(first) >= 3584); "
    "END IF; "
    "RETURN array_to_tsvector(characters || string_to_array(btrim(terms), ' ')); END $$",
    "CREATE INDEX IF NOT EXISTS threads_searchentry_vector ON threads_searchentry "
    "USING gin (threads_search_vector(title || words || quoted, terms)) WITH (gin_pending_list_limit = 512)",
    "ALTER INDEX threads_searchentry_vector ALTER COLUMN 1 SET STATISTICS 10",
    # `rebuild_search` writes the texts of existing entries.
    "UPDATE threads_archivestate SET rules = rules || '{\"search\": 0}' "
    "WHERE EXISTS (SELECT 1 FROM threads_searchentry WHERE terms = '')",
]


def move_texts(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for statement in POSTGRES:
            schema_editor.execute(statement)


class Migration(migrations.Migration):

    dependencies = [
        ("threads", "0021_methods_of_the_source"),
    ]

    operations = [
        migrations.RunPython(move_texts, migrations.RunPython.noop),
    ]
