"""Original files, import runs, their problems, and backups. Redactions change originals, `maintenance` adds backups."""

from __future__ import annotations

import secrets

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from threads.models.content import Article
from threads.text import isolate


class ImportRun(models.Model):
    """One run of an import or of a command that brings the archive to today's rules. Written even if it dies."""

    class Status(models.TextChoices):
        RUNNING = "running", _("running")
        FINISHED = "finished", _("finished")
        INTERRUPTED = "interrupted", _("interrupted")

    command = models.CharField(_("command"), max_length=32, default="import_archive")
    started_at = models.DateTimeField(_("started"), auto_now_add=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=11, choices=Status, default=Status.RUNNING)
    options = models.JSONField(_("options"), default=dict, blank=True)
    files_seen = models.PositiveIntegerField(_("files found"), default=0)
    files_imported = models.PositiveIntegerField(_("files imported"), default=0)
    files_unchanged = models.PositiveIntegerField(_("files unchanged"), default=0)
    files_refused = models.PositiveIntegerField(_("files refused"), default=0)
    files_withdrawn = models.PositiveIntegerField(_("files withdrawn"), default=0)
    report = models.JSONField(pgettext_lazy("of a run", "report"), default=dict, blank=True)

    class Meta:
        verbose_name = _("import run")
        verbose_name_plural = _("import runs")
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.command} {self.started_at:%Y-%m-%d %H:%M}"


class SourceFile(models.Model):
    """A file as it came: the preserved original, from which everything else was read."""

    path = models.CharField(_("path"), max_length=1024, unique=True)
    """Of one thread in a file of many: the path of the file, `#`, the key of the thread (see `part_path`)."""
    format = models.CharField(_("format"), max_length=16, default="markdown")
    """Name of a format in `threads.formats.registry`."""
    first_line = models.PositiveIntegerField(_("first line"), null=True, blank=True)
    """Line (from 1) of a file of many threads on which this one begins; null for a whole file."""
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    size = models.PositiveBigIntegerField(_("size (bytes)"))
    content = models.BinaryField(_("compressed content"))
    modified_at = models.DateTimeField(_("modified"), null=True, blank=True)
    article = models.ForeignKey(Article, models.CASCADE, related_name="source_files", verbose_name=_("article"))
    run = models.ForeignKey(
        ImportRun, models.SET_NULL, null=True, related_name="source_files", verbose_name=_("import run")
    )
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    redacted_at = models.DateTimeField(_("redacted"), null=True, blank=True)
    """Set where `content` no longer is what came: `sha256` and `size` stay those of the file as it came."""

    class Meta:
        verbose_name = _("source file")
        verbose_name_plural = _("source files")

    def __str__(self) -> str:
        return self.path


class ImportProblem(models.Model):
    """Something a run met in a file: `error` refused the file, `warning` did not."""

    class Severity(models.TextChoices):
        WARNING = "warning", _("warning")
        ERROR = "error", _("error")

    run = models.ForeignKey(ImportRun, models.CASCADE, related_name="problems", verbose_name=_("import run"))
    path = models.CharField(_("file"), max_length=1024, db_index=True)
    line = models.PositiveIntegerField(_("line"), null=True, blank=True)
    severity = models.CharField(_("severity"), max_length=7, choices=Severity)
    code = models.CharField(_("code"), max_length=40)
    message = models.TextField(_("message"))
    article = models.ForeignKey(
        Article, models.SET_NULL, null=True, blank=True, related_name="import_problems", verbose_name=_("article")
    )
    solved_by = models.ForeignKey(
        ImportRun, models.SET_NULL, null=True, blank=True, related_name="problems_solved", verbose_name=_("solved by")
    )

    class Meta:
        verbose_name = _("import problem")
        verbose_name_plural = _("import problems")
        indexes = [models.Index(fields=["severity", "-id"], name="problem_by_severity")]

    def __str__(self) -> str:
        return f"{isolate(self.path)}:{self.line or 1}: {self.message}"


class Backup(models.Model):
    """A file that `manage.py backup` made. It still contains what was redacted after `made_at`.

    Written by `threads.maintenance.save_database` and `restore_database`. Operators delete old files, then their rows.
    """

    path = models.CharField(_("path"), max_length=1024, unique=True)
    made_at = models.DateTimeField(_("made"))
    size = models.PositiveBigIntegerField(_("size (bytes)"))

    class Meta:
        verbose_name = _("backup")
        verbose_name_plural = _("backups")
        ordering = ["-made_at"]

    def __str__(self) -> str:
        return f"{self.path} ({timezone.localtime(self.made_at):%Y-%m-%d %H:%M})"


def new_digest_key() -> bytes:
    """Return 32 random bytes."""
    return secrets.token_bytes(32)


class ArchiveState(models.Model):
    """One row (id 1): `version` grows with every change a reader could see; the rules with which rows were made.

    `digest_key` is the key of all digests of removed texts (`threads.digests`). No export has it.
    """

    version = models.PositiveBigIntegerField(default=1)
    rules = models.JSONField(default=dict)
    digest_key = models.BinaryField(default=new_digest_key)

    def __str__(self) -> str:
        return f"version {self.version}"
