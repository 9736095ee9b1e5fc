"""Link methods of parents that the source states."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('threads', '0020_facts_of_the_source'),
    ]

    operations = [
        migrations.AlterField(
            model_name='comment',
            name='link_method',
            field=models.CharField(blank=True, choices=[('manual', 'set by a moderator'), ('source', 'stated by the source'), ('id', 'quoted comment ID'), ('excerpt', 'name and exact text'), ('minute', 'name and minute'), ('floor', 'name and floor'), ('prefix', 'name and start of the text'), ('folded', 'name and text in the other script'), ('text', 'exact text'), ('sole', 'only comment of the addressee'), ('article', 'article author'), ('nearest', 'guess: nearest earlier comment of the addressee')], max_length=8, null=True, verbose_name='link method'),
        ),
    ]
