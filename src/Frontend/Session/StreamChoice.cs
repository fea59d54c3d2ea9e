using Postfleet.Core.Queueing;
using Postfleet.Core.Users;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The stream of a message by SMTP: that of the field, of the user, of the listener, or the stream of mail without a stream. The number of
/// streams stays bounded: clients choose among the streams that the configuration or their user names. Pure.
/// </summary>
internal static class StreamChoice
{
    /// <summary>Chooses the stream.</summary>
    /// <param name="given">The stream in the field of the message; null for none, and for clients that may not choose.</param>
    /// <param name="user">The authenticated user; null for a client of a listener for relay.</param>
    /// <param name="listener">The stream of the listener; empty for none.</param>
    /// <param name="configured">The streams of the configuration.</param>
    /// <param name="stream">The stream of the message.</param>
    /// <returns>The refusing reply; null where the client may send in the stream.</returns>
    public static string? Refusal(string? given, MailUser? user, string listener, StreamSet configured, out string stream)
    {
        var usual = user is { Streams: [var first, ..] } ? first : listener.Length > 0 ? listener : QueueKey.DefaultStream;
        stream = given ?? usual;
        if (stream == usual) return null;
        if (user is not null) return user.Streams.Contains(stream) ? null : $"550 5.7.1 The user may not send in the stream {stream}";
        return configured.Has(stream) ? null : $"550 5.7.1 The stream {stream} is not configured";
    }
}
