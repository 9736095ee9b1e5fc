"""Labels of fields and choices in plain terms. No change to the database."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("threads", "0011_formats_of_source_files"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="articletag",
            options={"verbose_name": "article tag", "verbose_name_plural": "article tags"},
        ),
        migrations.AlterField(
            model_name="article",
            name="body",
            field=models.TextField(blank=True, verbose_name="text"),
        ),
        migrations.AlterField(
            model_name="article",
            name="body_html",
            field=models.TextField(blank=True, verbose_name="rendered text"),
        ),
        migrations.AlterField(
            model_name="article",
            name="reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "no reason"),
                    ("privacy", "private information"),
                    ("request", "at the author's request"),
                    ("legal", "legal request"),
                    ("spam", "spam"),
                    ("abuse", "abuse"),
                    ("other", "another reason"),
                ],
                default="",
                max_length=8,
                verbose_name="reason",
            ),
        ),
        migrations.AlterField(
            model_name="article",
            name="source_url",
            field=models.TextField(blank=True, verbose_name="source URL"),
        ),
        migrations.AlterField(
            model_name="author",
            name="slug",
            field=models.CharField(max_length=255, unique=True, verbose_name="slug"),
        ),
        migrations.AlterField(
            model_name="comment",
            name="answers_article",
            field=models.BooleanField(default=False, verbose_name="answers article"),
        ),
        migrations.AlterField(
            model_name="comment",
            name="body",
            field=models.TextField(blank=True, verbose_name="text"),
        ),
        migrations.AlterField(
            model_name="comment",
            name="body_html",
            field=models.TextField(blank=True, verbose_name="rendered text"),
        ),
        migrations.AlterField(
            model_name="comment",
            name="descendant_count",
            field=models.PositiveIntegerField(default=0, verbose_name="descendants"),
        ),
        migrations.AlterField(
            model_name="comment",
            name="link_confidence",
            field=models.FloatField(
                blank=True,
                null=True,
                validators=[
                    django.core.validators.MinValueValidator(0.0),
                    django.core.validators.MaxValueValidator(1.0),
                ],
                verbose_name="confidence",
            ),
        ),
        migrations.AlterField(
            model_name="comment",
            name="link_method",
            field=models.CharField(
                blank=True,
                choices=[
                    ("manual", "set by a moderator"),
                    ("id", "quoted comment ID"),
                    ("excerpt", "name and exact text"),
                    ("prefix", "name and start of the text"),
                    ("folded", "name and text in the other script"),
                    ("text", "exact text"),
                    ("sole", "only comment of the addressee"),
                    ("article", "article author"),
                    ("nearest", "guess: nearest earlier comment of the addressee"),
                ],
                max_length=8,
                null=True,
                verbose_name="link method",
            ),
        ),
        migrations.AlterField(
            model_name="comment",
            name="nth",
            field=models.PositiveIntegerField(default=0, verbose_name="sibling position"),
        ),
        migrations.AlterField(
            model_name="comment",
            name="order",
            field=models.PositiveIntegerField(default=0, verbose_name="reading order"),
        ),
        migrations.AlterField(
            model_name="comment",
            name="position",
            field=models.PositiveIntegerField(verbose_name="position"),
        ),
        migrations.AlterField(
            model_name="comment",
            name="reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "no reason"),
                    ("privacy", "private information"),
                    ("request", "at the author's request"),
                    ("legal", "legal request"),
                    ("spam", "spam"),
                    ("abuse", "abuse"),
                    ("other", "another reason"),
                ],
                default="",
                max_length=8,
                verbose_name="reason",
            ),
        ),
        migrations.AlterField(
            model_name="comment",
            name="source_id",
            field=models.BigIntegerField(blank=True, null=True, verbose_name="source ID"),
        ),
        migrations.AlterField(
            model_name="importproblem",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="problems",
                to="threads.importrun",
                verbose_name="import run",
            ),
        ),
        migrations.AlterField(
            model_name="importrun",
            name="files_seen",
            field=models.PositiveIntegerField(default=0, verbose_name="files found"),
        ),
        migrations.AlterField(
            model_name="linkcorrection",
            name="answers_article",
            field=models.BooleanField(default=False, verbose_name="answers article"),
        ),
        migrations.AlterField(
            model_name="linkcorrection",
            name="made_at",
            field=models.DateTimeField(auto_now_add=True, verbose_name="created"),
        ),
        migrations.AlterField(
            model_name="moderationaction",
            name="at",
            field=models.DateTimeField(auto_now_add=True, verbose_name="time"),
        ),
        migrations.AlterField(
            model_name="moderationaction",
            name="before",
            field=models.JSONField(blank=True, default=dict, verbose_name="previous state"),
        ),
        migrations.AlterField(
            model_name="moderationaction",
            name="kind",
            field=models.CharField(
                choices=[
                    ("hide", "hide"),
                    ("restore", "restore"),
                    ("redact", "redact"),
                    ("relink", "correct reply link"),
                    ("unlink", "remove link correction"),
                    ("merge", "merge authors"),
                    ("unmerge", "unmerge authors"),
                    ("tagmerge", "merge tags"),
                    ("tagpart", "unmerge tags"),
                    ("tagdrop", "ignore tag"),
                    ("tagkeep", "stop ignoring tag"),
                    ("optout", "opt out author"),
                    ("optin", "opt in author"),
                    ("repdone", "close report"),
                    ("repno", "decline report"),
                    ("repopen", "reopen report"),
                ],
                max_length=8,
                verbose_name="action",
            ),
        ),
        migrations.AlterField(
            model_name="moderationaction",
            name="note",
            field=models.TextField(blank=True, verbose_name="private note"),
        ),
        migrations.AlterField(
            model_name="moderationaction",
            name="reason",
            field=models.CharField(
                blank=True,
                choices=[
                    ("", "no reason"),
                    ("privacy", "private information"),
                    ("request", "at the author's request"),
                    ("legal", "legal request"),
                    ("spam", "spam"),
                    ("abuse", "abuse"),
                    ("other", "another reason"),
                ],
                default="",
                max_length=8,
                verbose_name="reason",
            ),
        ),
        migrations.AlterField(
            model_name="moderationaction",
            name="target_key",
            field=models.CharField(db_index=True, max_length=255, verbose_name="target"),
        ),
        migrations.AlterField(
            model_name="quote",
            name="leading",
            field=models.BooleanField(default=True, verbose_name="leading"),
        ),
        migrations.AlterField(
            model_name="quote",
            name="source_id",
            field=models.BigIntegerField(blank=True, null=True, verbose_name="source ID"),
        ),
        migrations.AlterField(
            model_name="redaction",
            name="made_at",
            field=models.DateTimeField(auto_now_add=True, verbose_name="created"),
        ),
        migrations.AlterField(
            model_name="report",
            name="at",
            field=models.DateTimeField(auto_now_add=True, verbose_name="time"),
        ),
        migrations.AlterField(
            model_name="report",
            name="contact",
            field=models.CharField(blank=True, max_length=255, verbose_name="contact"),
        ),
        migrations.AlterField(
            model_name="report",
            name="reason",
            field=models.CharField(
                choices=[
                    ("", "no reason"),
                    ("privacy", "private information"),
                    ("request", "at the author's request"),
                    ("legal", "legal request"),
                    ("spam", "spam"),
                    ("abuse", "abuse"),
                    ("other", "another reason"),
                ],
                default="other",
                max_length=8,
                verbose_name="reason",
            ),
        ),
        migrations.AlterField(
            model_name="report",
            name="status",
            field=models.CharField(
                choices=[("open", "open"), ("done", "closed"), ("declined", "declined")],
                db_index=True,
                default="open",
                max_length=8,
                verbose_name="status",
            ),
        ),
        migrations.AlterField(
            model_name="sourcefile",
            name="content",
            field=models.BinaryField(verbose_name="compressed content"),
        ),
        migrations.AlterField(
            model_name="sourcefile",
            name="modified_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="modified"),
        ),
        migrations.AlterField(
            model_name="sourcefile",
            name="path",
            field=models.CharField(max_length=1024, unique=True, verbose_name="path"),
        ),
        migrations.AlterField(
            model_name="sourcefile",
            name="redacted_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="redacted"),
        ),
        migrations.AlterField(
            model_name="sourcefile",
            name="run",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="source_files",
                to="threads.importrun",
                verbose_name="import run",
            ),
        ),
        migrations.AlterField(
            model_name="sourcefile",
            name="size",
            field=models.PositiveBigIntegerField(verbose_name="size (bytes)"),
        ),
        migrations.AlterField(
            model_name="threadlink",
            name="target_key",
            field=models.CharField(db_index=True, max_length=255, verbose_name="target key"),
        ),
    ]
