# Names that are not of one person, as written in the file. `reparse` fills the column.

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('threads', '0017_redactions_without_hashes'),
    ]

    operations = [
        migrations.AddField(
            model_name='article',
            name='placeholder_name',
            field=models.CharField(blank=True, max_length=255, null=True, verbose_name='placeholder name'),
        ),
        migrations.AddField(
            model_name='comment',
            name='placeholder_name',
            field=models.CharField(blank=True, max_length=255, null=True, verbose_name='placeholder name'),
        ),
    ]
