"""A random key for digests of removed texts."""

from django.db import migrations, models

import threads.models.provenance


class Migration(migrations.Migration):
    dependencies = [
        ("threads", "0012_plain_labels"),
    ]

    operations = [
        migrations.AddField(
            model_name="archivestate",
            name="digest_key",
            field=models.BinaryField(default=threads.models.provenance.new_digest_key),
        ),
    ]
