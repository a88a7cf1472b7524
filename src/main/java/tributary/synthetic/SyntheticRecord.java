package tributary.synthetic;

import org.jspecify.annotations.Nullable;

/**
 * One made record; a modality that is absent is null. Plain Java types, so that any table can hold
 * it. Arrays are not copied.
 *
 * @param id r00000000 and on; null in one kind of bad record
 * @param caption UTF-8 bytes; in one kind of bad record they are not
 * @param picture a PNG file
 * @param sound a WAV file, 16 bits, mono or stereo
 * @param times seconds, increasing; [n]
 * @param values three values a time, row-major; [n, 3]
 * @param label the kind of thing: one of 8
 * @param sublabel kind-colour: one of 48
 * @param expectedReason the name of the {@link tributary.read.Rejected.Reason} for which the record
 *     must be quarantined; null for a good one
 */
@SuppressWarnings("ArrayRecordComponent")
public record SyntheticRecord(
    @Nullable String id,
    byte @Nullable [] caption,
    byte @Nullable [] picture,
    byte @Nullable [] sound,
    double @Nullable [] times,
    double @Nullable [] values,
    String label,
    String sublabel,
    @Nullable String expectedReason) {}
