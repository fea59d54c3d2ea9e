using System.Text;
using System.Text.Json;
using Postfleet.Admin.Api;
using Postfleet.Admin.Messaging;
using Postfleet.Spool.Common;

namespace Postfleet.Admin.Events;

/// <summary>
/// An item of the streams of a node: an event, or a gap. Its octets are made once, by the first stream that writes them. Thread-safe.
/// </summary>
internal sealed class EventFrame
{
    /// <summary>A delay of the feed that is logged and told to clients.</summary>
    public static readonly TimeSpan LongDelay = TimeSpan.FromSeconds(10);

    private readonly Lazy<byte[]> _octets;

    private EventFrame(HistoryEvent? one, FeedPosition position, Func<string> text)
    {
        (Event, Position) = (one, position);
        _octets = new Lazy<byte[]>(() => Encoding.UTF8.GetBytes(text()));
    }

    /// <summary>The event; null for a gap.</summary>
    public HistoryEvent? Event { get; }

    /// <summary>The position after the item.</summary>
    public FeedPosition Position { get; }

    /// <summary>The item as it is sent.</summary>
    public ReadOnlyMemory<byte> Octets => _octets.Value;

    /// <summary>The item of an event.</summary>
    public static EventFrame Of(FeedEvent found, MessageMapping mapping) => new(
        found.Event, found.Position,
        () => $"id: {found.Position}\nevent: {EventNames.Of(found.Event.Kind)}\ndata: " +
            $"{JsonSerializer.Serialize(mapping.Stream(found.Event), ApiJson.Default.StreamedEvent)}\n\n");

    /// <summary>The item for missing events. Without an id: a client that reconnects before the next event is told again.</summary>
    public static EventFrame Gap(FeedPosition position) => new(
        null, position,
        () => $"event: {EventNames.Gap}\n" +
            "data: {\"detail\":\"events are missing: the history has dropped them before they were read\"}\n\n");

    /// <summary>A comment that keeps the connection open, with the position that the client has reached.</summary>
    public static byte[] KeepAlive(FeedPosition position, TimeSpan delay) => Encoding.UTF8.GetBytes(
        delay >= LongDelay
            ? $": held back for {delay.TotalSeconds:0} s by an open transaction in the database\nid: {position}\n\n"
            : $":\nid: {position}\n\n");
}
