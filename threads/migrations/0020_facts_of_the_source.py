"""Columns for what a source says of comments and articles: times, ids, floors, votes."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("threads", "0019_backups"),
    ]

    operations = [
        migrations.AddField(
            model_name="article",
            name="missing_comments",
            field=models.IntegerField(blank=True, null=True, verbose_name="missing comments"),
        ),
        migrations.AddField(
            model_name="article",
            name="votes",
            field=models.IntegerField(blank=True, null=True, verbose_name="votes"),
        ),
        migrations.AddField(
            model_name="comment",
            name="account_deleted",
            field=models.BooleanField(blank=True, db_default=models.Value(False), null=True, verbose_name="account deleted"),
        ),
        migrations.AddField(
            model_name="comment",
            name="container",
            field=models.CharField(blank=True, db_default=models.Value(""), max_length=64, null=True, verbose_name="container"),
        ),
        migrations.AddField(
            model_name="comment",
            name="edited_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="edited at"),
        ),
        migrations.AddField(
            model_name="comment",
            name="floor",
            field=models.IntegerField(blank=True, null=True, verbose_name="floor"),
        ),
        migrations.AddField(
            model_name="comment",
            name="posted_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="posted at"),
        ),
        migrations.AddField(
            model_name="comment",
            name="source_kind",
            field=models.CharField(blank=True, db_default=models.Value(""), max_length=64, null=True, verbose_name="source kind"),
        ),
        migrations.AddField(
            model_name="comment",
            name="votes",
            field=models.IntegerField(blank=True, null=True, verbose_name="votes"),
        ),
    ]
