"""Keys of redacted comments become random; digests of redacted texts, former keys and files get the archive's key."""

import zlib

from django.db import migrations

from threads.database.bulk_writes import in_parts
from threads.parsing.thread_keys import original_path, set_aside_path
from threads.redaction import digest_again, digest_file, digest_former_key
from threads.replies.comment_keys import random_key


def renew_redactions(apps, schema_editor):
    """Change the redactions, the comments, and the marks in the originals. About three queries for each redaction."""
    Redaction = apps.get_model("threads", "Redaction")
    if not Redaction.objects.exists():
        return
    ArchiveState = apps.get_model("threads", "ArchiveState")
    secret = bytes(ArchiveState.objects.get_or_create(pk=1)[0].digest_key)
    marks = {}
    for row in Redaction.objects.exclude(memory={}).iterator():
        if row.elsewhere:
            comments = [_renew(entry, "", secret) for entry in row.memory["comments"]]
            row.memory = row.memory | {"comments": comments}
        else:
            key = random_key()
            marks.setdefault(row.article_id, {})[row.memory["keys"][0]] = key
            _rename_comment(apps, row.comment_id, row.memory["keys"], key, secret)
            row.memory = _renew(row.memory, key, secret)
        row.save(update_fields=["memory"])
    _renew_files(apps.get_model("threads", "SourceFile"), marks, secret)


def _renew(entry, key, secret):
    return {
        "key": key,
        "former_keys": [digest_former_key(secret, former) for former in entry["keys"]],
        "head": digest_again(secret, entry["head"]) if entry["head"] else "",
        "excerpts": sorted(digest_again(secret, digest) for digest in entry["excerpts"]),
    }


def _rename_comment(apps, pk, keys, key, secret):
    FormerKey = apps.get_model("threads", "FormerKey")
    former = {*keys, *FormerKey.objects.filter(comment=pk).values_list("key", flat=True)}
    FormerKey.objects.filter(comment=pk).delete()
    apps.get_model("threads", "Comment").objects.filter(pk=pk).update(key=key)
    apps.get_model("threads", "ModerationAction").objects.filter(comment=pk).update(target_key=key)
    FormerKey.objects.bulk_create(
        [FormerKey(key=digest_former_key(secret, old), comment_id=pk) for old in former], ignore_conflicts=True
    )


def _renew_files(SourceFile, marks, secret):
    for part in in_parts(SourceFile.objects.exclude(redacted_at=None).values_list("pk", flat=True), 50):
        for row in SourceFile.objects.filter(pk__in=part):
            content = zlib.decompress(row.content)
            for old, new in marks.get(row.article_id, {}).items():
                content = content.replace(f"[redacted:{old}]".encode(), f"[redacted:{new}]".encode())
            row.content = zlib.compress(content, 6)
            sha256, path = digest_file(secret, row.sha256), original_path(row.path, row.sha256)
            row.path = path if path == row.path else set_aside_path(path, sha256)
            row.sha256 = sha256
            row.save(update_fields=["content", "sha256", "path"])


class Migration(migrations.Migration):
    dependencies = [
        ("threads", "0016_problems_without_words"),
    ]

    operations = [
        migrations.RunPython(renew_redactions, migrations.RunPython.noop, elidable=True),
    ]
