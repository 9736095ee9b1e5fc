"""Thread links know their comment, and stored HTML holds placeholders in place of other rows' text."""

import django.db.models.deletion
from django.db import migrations, models

from threads import rendering
from threads.parsing import quotes

COMMENTS_AT_ONCE = 500


def render_again(apps, schema_editor):
    """Render the texts that quote inline or link to threads, and store each link with its text."""
    ThreadLink = apps.get_model("threads", "ThreadLink")
    linking = set(ThreadLink.objects.values_list("article_id", flat=True))
    ThreadLink.objects.all().delete()
    for article in apps.get_model("threads", "Article").objects.filter(pk__in=linking).defer("front_matter").iterator():
        rendered = rendering.render(article.body)
        article.body_html = rendered.html
        article.save(update_fields=["body_html"])
        _add_links(ThreadLink, article.pk, article.key, None, rendered)
    Comment = apps.get_model("threads", "Comment")
    inline = apps.get_model("threads", "Quote").objects.filter(leading=False).values("comment_id")
    texts = models.Q(pk__in=inline) | models.Q(article_id__in=linking, body__contains="://")
    comments = Comment.objects.filter(texts).select_related("article").only("body", "article__key")
    for comment in comments.iterator(chunk_size=COMMENTS_AT_ONCE):
        rendered = rendering.render(comment.body, quotes.find_quotes(comment.body))
        Comment.objects.filter(pk=comment.pk).update(body_html=rendered.html)
        _add_links(ThreadLink, comment.article_id, comment.article.key, comment.pk, rendered)


def _add_links(ThreadLink, article_id, own_key, comment_id, rendered):
    ThreadLink.objects.bulk_create(
        ThreadLink(article_id=article_id, comment_id=comment_id, target_key=key)
        for key in sorted(rendered.thread_links - {own_key})
    )


class Migration(migrations.Migration):

    dependencies = [
        ('threads', '0009_reports_in_the_log'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='threadlink',
            name='thread_link_once',
        ),
        migrations.AddField(
            model_name='threadlink',
            name='comment',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='thread_links', to='threads.comment'),
        ),
        migrations.AlterField(
            model_name='threadlink',
            name='article',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='thread_links', to='threads.article'),
        ),
        migrations.AlterField(
            model_name='threadlink',
            name='target_key',
            field=models.CharField(db_index=True, max_length=255, verbose_name='key of the target thread'),
        ),
        migrations.AddConstraint(
            model_name='threadlink',
            constraint=models.UniqueConstraint(condition=models.Q(('comment', None)), fields=('article', 'target_key'), name='thread_link_of_article_once'),
        ),
        migrations.AddConstraint(
            model_name='threadlink',
            constraint=models.UniqueConstraint(fields=('comment', 'target_key'), name='thread_link_of_comment_once'),
        ),
        migrations.RunPython(render_again, migrations.RunPython.noop, elidable=True),
    ]
