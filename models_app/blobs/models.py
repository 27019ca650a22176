"""Large files by content. A blob is flat (one object) or a list of chunk ranges inside xorbs."""

from django.db import models
from django.utils import timezone


class Blob(models.Model):
    """The content with this sha256. It is here only after the hub itself has hashed every byte of it."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    size = models.PositiveBigIntegerField()
    flat = models.BooleanField()  # True: object `lfs/<sha256>`; False: `segments`
    xet_hash = models.CharField(max_length=64, blank=True, db_index=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    unused_since = models.DateTimeField(null=True, db_index=True, editable=False)  # see `models_app.blobs.use`

    def __str__(self) -> str:
        return self.sha256


class Xorb(models.Model):
    """A stored pack of compressed chunks, as a client sent them and after every hash in it was checked."""

    hash = models.CharField(max_length=64, primary_key=True)
    stored_bytes = models.PositiveBigIntegerField()
    raw_bytes = models.PositiveBigIntegerField()
    chunk_index = models.BinaryField()  # `models_app.blobs.xet.xorb.ChunkIndex.records`
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    unused_since = models.DateTimeField(null=True, db_index=True, editable=False)

    def __str__(self) -> str:
        return self.hash


class BlobSegment(models.Model):
    """Chunks [first, last) of a xorb: one piece of a blob, in order of `position`."""

    blob = models.ForeignKey(Blob, on_delete=models.CASCADE, related_name="segments")
    position = models.PositiveIntegerField()
    xorb = models.ForeignKey(Xorb, on_delete=models.PROTECT, related_name="segments")
    first_chunk = models.PositiveIntegerField()
    last_chunk = models.PositiveIntegerField()
    start = models.PositiveBigIntegerField()  # offset of the segment in the blob
    size = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["blob", "position"], name="blob_segment_once")]
        indexes = [models.Index(fields=["blob", "start"], name="blob_segment_by_start")]

    def __str__(self) -> str:
        return f"{self.blob_id}[{self.position}]"


class Landmark(models.Model):
    """A chunk of a blob that clients ask for when they look for what is stored already (`models_app.blobs.dedup`)."""

    hash = models.CharField(max_length=64)
    blob = models.ForeignKey(Blob, on_delete=models.CASCADE, related_name="landmarks")
    position = models.PositiveIntegerField()  # of the segment that holds it

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hash", "blob"], name="landmark_once")]

    def __str__(self) -> str:
        return f"{self.hash} in {self.blob_id}"
