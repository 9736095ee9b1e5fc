"""Source files know their format, and the line on which a thread begins in a file of many threads."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("threads", "0010_thread_links_of_comments"),
    ]

    operations = [
        migrations.AddField(
            model_name="sourcefile",
            name="format",
            field=models.CharField(default="markdown", max_length=16, verbose_name="format"),
        ),
        migrations.AddField(
            model_name="sourcefile",
            name="first_line",
            field=models.PositiveIntegerField(blank=True, null=True, verbose_name="first line"),
        ),
    ]
