"""The log and the reports keep the name of an account, which stays if the account is deleted."""

from django.conf import settings
from django.db import migrations, models
from django.db.models import OuterRef, Subquery

FIELDS = {"moderationaction": "moderator", "report": "handled_by"}


def copy_names(apps, schema_editor):
    """Copy the names of the accounts. One query for each table."""
    users = apps.get_model(*settings.AUTH_USER_MODEL.split("."))
    for model, field in FIELDS.items():
        name = Subquery(users.objects.filter(pk=OuterRef(field)).values("username")[:1])
        apps.get_model("threads", model).objects.exclude(**{field: None}).update(**{f"{field}_name": name})


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("threads", "0014_removed_texts"),
    ]

    operations = [
        migrations.AddField(
            "moderationaction", "moderator_name", models.CharField("moderator", max_length=150, blank=True, default="")
        ),
        migrations.AddField(
            "report", "handled_by_name", models.CharField("handled by", max_length=150, blank=True, default="")
        ),
        migrations.RunPython(copy_names, migrations.RunPython.noop),
        *(migrations.RemoveField(model, field) for model, field in FIELDS.items()),
        *(migrations.RenameField(model, f"{field}_name", field) for model, field in FIELDS.items()),
        *(
            migrations.AlterField(model, field, models.CharField(field.replace("_", " "), max_length=150, blank=True))
            for model, field in FIELDS.items()
        ),
    ]
