"""The list of backups."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("threads", "0018_placeholder_names"),
    ]

    operations = [
        migrations.CreateModel(
            name="Backup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(max_length=1024, unique=True, verbose_name="path")),
                ("made_at", models.DateTimeField(verbose_name="made")),
                ("size", models.PositiveBigIntegerField(verbose_name="size (bytes)")),
            ],
            options={
                "verbose_name": "backup",
                "verbose_name_plural": "backups",
                "ordering": ["-made_at"],
            },
        ),
    ]
