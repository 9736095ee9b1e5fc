"""Digests of removed texts, also of those that are hidden already. Redacted texts are known by their own digests."""

import django.db.models.deletion
from django.db import migrations, models

from threads.replies.matching import fingerprint
from threads.replies.removed_texts import RemovableText, digest_text


def remember_hidden_texts(apps, schema_editor):
    state = apps.get_model("threads", "ArchiveState").objects.first()
    removed = apps.get_model("threads", "RemovedText")

    def store(owner, removable):
        if digests := digest_text(bytes(state.digest_key), removable):
            others = {digests.sure, *digests.near, digests.quoted} - {None}
            rows = [removed(digest=digest, **owner) for digest in others]
            samples = set(digests.samples)
            rows += [removed(digest=digest, samples=len(samples), **owner) for digest in samples]
            removed.objects.bulk_create(rows)

    comments = apps.get_model("threads", "Comment").objects.filter(visibility="hidden", removed_at_source=False)
    names = ("pk", "article__key", "author__name", "posted_on", "body")
    for pk, thread, author, day, body in comments.values_list(*names).iterator():
        store({"comment_id": pk}, RemovableText(thread, *fingerprint(author, day, body)))
    articles = apps.get_model("threads", "Article").objects.filter(visibility="hidden")
    names = ("pk", "author__name", "published_at", "title", "body")
    for pk, author, at, title, body in articles.values_list(*names).iterator():
        store({"article_id": pk}, RemovableText("", author, at.date() if at else None, f"{title}\n{body}"))


class Migration(migrations.Migration):
    dependencies = [
        ("threads", "0013_digest_key"),
    ]

    operations = [
        migrations.CreateModel(
            name="RemovedText",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.BigIntegerField(db_index=True)),
                ("samples", models.PositiveSmallIntegerField(default=0)),
                (
                    "article",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="removed_texts",
                        to="threads.article",
                    ),
                ),
                (
                    "comment",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="removed_texts",
                        to="threads.comment",
                    ),
                ),
            ],
        ),
        migrations.RunPython(remember_hidden_texts, migrations.RunPython.noop, elidable=True),
    ]
