using System.Buffers.Binary;
using System.Diagnostics;
using Postfleet.Core.Queueing;

namespace Postfleet.Contracts.Tracing;

/// <summary>
/// The spans of messages. The id of a message is the id of its trace, so the spans of all nodes belong together although no message between
/// nodes and no row of the journal carries a trace context. Nothing is made without a listener. Thread-safe.
/// </summary>
public static class MessageTrace
{
    /// <summary>The name of the source.</summary>
    public const string SourceName = "Postfleet";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>Reports a finished span of a message.</summary>
    /// <param name="name">The name: <c>accept</c>, <c>attempt</c> or <c>queued</c>.</param>
    /// <param name="kind">The kind of span.</param>
    /// <param name="message">The message.</param>
    /// <param name="end">The end of the span, by the wall clock.</param>
    /// <param name="duration">The duration of the span.</param>
    /// <param name="tag">The name and value of a tag beside the id of the message.</param>
    public static void Report(
        string name, ActivityKind kind, MessageId message, DateTimeOffset end, TimeSpan duration,
        (string Name, string Value) tag)
    {
        if (!Source.HasListeners()) return;
        using var span = Source.StartActivity(kind, ContextOf(message), startTime: end - duration, name: name);
        if (span is null) return;
        span.SetTag("postfleet.message.id", message.ToString()).SetTag(tag.Name, tag.Value);
        span.SetEndTime(end.UtcDateTime);
    }

    /// <summary>The context of a message: the parent of all its spans, which is itself no span.</summary>
    public static ActivityContext ContextOf(MessageId message)
    {
        Span<byte> trace = stackalloc byte[MessageId.ByteLength];
        message.WriteTo(trace);
        Span<byte> parent = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(parent, message.Low);
        return new ActivityContext(
            ActivityTraceId.CreateFromBytes(trace), ActivitySpanId.CreateFromBytes(parent), ActivityTraceFlags.None, isRemote: true);
    }
}
