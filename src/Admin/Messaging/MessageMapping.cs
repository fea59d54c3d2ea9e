using Postfleet.Admin.Api;
using Postfleet.Admin.Http;
using Postfleet.Core.Classification;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Spool.Common;

namespace Postfleet.Admin.Messaging;

/// <summary>Maps the events of the history to their JSON. Pure.</summary>
internal sealed class MessageMapping(BounceClassifier classifier)
{
    // An event of a queue and not of a recipient, so no kind of the history.
    private const string Takeover = "takeover";

    /// <summary>A recipient in a search.</summary>
    public MessageView View(HistoryEvent each) => new(
        each.Message.ToString(), each.Recipient, each.Sender, each.Queue.Value, each.State is { } state ? JsonNames.Write(state) : null,
        each.At, each.Reply?.ToString(), Class(each.Reply), each.RemoteHost);

    /// <summary>A message.</summary>
    /// <param name="id">The id of the message.</param>
    /// <param name="timeline">Its events.</param>
    /// <param name="takeovers">The changes of owner of its queues while it was there.</param>
    /// <param name="waiting">The queues in which it still waits.</param>
    /// <param name="parts">What it waits for there.</param>
    public MessageTimeline View(
        MessageId id, HistoryTimeline timeline, IReadOnlyList<QueueTakeover> takeovers, IEnumerable<QueueKey> waiting,
        IReadOnlyList<PartView> parts)
    {
        var accepted = timeline.Events.FirstOrDefault(each => each.Acceptance is not null);
        return new MessageTimeline(
            id.ToString(), timeline.Events.FirstOrDefault(each => each.Kind != HistoryKind.Dsn)?.Sender,
            accepted is null ? null : View(accepted.At, accepted.Acceptance, Metadata(timeline)),
            [.. waiting.Select(queue => queue.Value)], parts,
            [.. timeline.Events.Select(Event).Concat(takeovers.Select(Event)).OrderBy(each => each.At)],
            timeline.IsComplete && takeovers.Count < ITakeoverHistory.MaxFound);
    }

    private EventView Event(HistoryEvent each) => new(
        each.At, JsonNames.Write(each.Kind), each.Recipient, each.Queue.Value, each.Number, each.Reply?.ToString(), Class(each.Reply),
        each.RemoteHost, View(each.Attempt), each.Notification?.ToString(), null);

    private static EventView Event(QueueTakeover each) => new(
        each.At, Takeover, "", each.Queue.Value, 0, null, null, "", null, null, TakeoverView.Of(each));

    // The event of another recipient may lack it.
    private static Dictionary<string, string> Metadata(HistoryTimeline timeline)
    {
        Dictionary<string, string> entries = [];
        foreach (var acceptance in timeline.Events.Select(each => each.Acceptance).OfType<HistoryAcceptance>())
            foreach (var (name, text) in acceptance.Metadata.Entries) entries[name] = text;
        return entries;
    }

    /// <summary>An event of the stream.</summary>
    public StreamedEvent Stream(HistoryEvent each) => new(
        FeedEventId.Of(each), each.Message.ToString(), each.Sender, each.At, JsonNames.Write(each.Kind), each.Recipient, each.Queue.Value,
        each.Number, each.Reply?.ToString(), Class(each.Reply), each.RemoteHost, View(each.Attempt), each.Notification?.ToString(),
        View(each.At, each.Acceptance));

    private static AttemptView? View(AttemptDetails? attempt) => attempt is null ? null : new AttemptView(
        attempt.Address, attempt.Source, attempt.TlsVersion, attempt.TlsCipher, attempt.Duration.TotalSeconds);

    private static AcceptanceView? View(DateTimeOffset at, HistoryAcceptance? facts, Dictionary<string, string>? metadata = null) =>
        facts is null ? null : new AcceptanceView(
            at, facts.Size, facts.ClientAddress, facts.ClientName, facts.EnvelopeId, facts.HeaderMessageId, facts.Details.Listener,
            facts.Details.TlsVersion, facts.Details.TlsCipher, facts.Details.User, at.AddSeconds(facts.SendAfter),
            facts.Priority, facts.DeliverBy?.At(at), facts.DeliverBy is { } by ? JsonNames.Write(by.Mode) : null,
            metadata ?? new(facts.Metadata.Entries));

    private string? Class(SmtpReply? reply) => reply is null || reply.IsPositive ? null : classifier.Classify(reply)?.Name;
}
