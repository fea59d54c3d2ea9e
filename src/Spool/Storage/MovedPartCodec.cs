using Google.Protobuf;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Storage.Wire;

namespace Postfleet.Spool.Storage;

/// <summary>Encodes and decodes the state of moved parts in the rows of parts.</summary>
internal static class MovedPartCodec
{
    public static byte[] Encode(MovedPart part)
    {
        var stored = new StoredMovedPart
        {
            Attempt = part.Attempt,
            Moves = part.Moves,
            Tries = part.Tries,
            Crashes = part.Crashes,
            Action = part.Action,
            IsDelayReported = part.IsDelayReported,
            IsHeld = part.IsHeld,
            LastRemoteHost = part.LastRemoteHost,
        };
        stored.Open.Add(part.Open.FirstWord);
        foreach (var word in part.Open.MoreWords) stored.Open.Add(word);
        if (part.LastReply is not { } reply) return stored.ToByteArray();
        (stored.Code, stored.Status) = (reply.Code, StoredReply.StatusOf(reply));
        (stored.Text, stored.Stage) = (reply.Text, (int)reply.Stage);
        return stored.ToByteArray();
    }

    /// <exception cref="InvalidProtocolBufferException">The bytes are not of this form.</exception>
    /// <exception cref="FormatException">A field has an invalid value.</exception>
    /// <exception cref="ArgumentException">A status code has an invalid value.</exception>
    public static MovedPart Decode(ReadOnlySpan<byte> bytes)
    {
        var stored = StoredMovedPart.Parser.ParseFrom(bytes);
        ulong[] words = [.. stored.Open];
        var open = words.Length is 0 or > RecipientSet.MaxRecipients / 64 ? RecipientSet.Empty
            : RecipientSet.FromWords(words[0], words.AsSpan(1));
        if (open.IsEmpty) throw new FormatException("no open recipient");
        if (stored.Moves is < 1 or > MovedPart.MaxMoves) throw new FormatException($"no number of moves {stored.Moves}");
        return new MovedPart(open, stored.Attempt, stored.Moves)
        {
            Tries = stored.Tries,
            Crashes = stored.Crashes,
            Action = stored.Action,
            IsDelayReported = stored.IsDelayReported,
            IsHeld = stored.IsHeld,
            LastReply = stored.Code == 0 ? null : StoredReply.Read(stored.Code, stored.Status, stored.Text, stored.Stage),
            LastRemoteHost = stored.LastRemoteHost,
        };
    }
}
