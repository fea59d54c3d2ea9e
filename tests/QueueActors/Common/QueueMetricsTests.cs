using System.Diagnostics.Metrics;
using Postfleet.Core.Classification;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.Common;
using Postfleet.QueueActors.Events;
using Xunit;

namespace Postfleet.QueueActors.Tests.Common;

public sealed class QueueMetricsTests : IDisposable
{
    private static readonly QueueKey Queue = QueueKey.FromTrusted("default:a.test");
    private static readonly DateTimeOffset Accepted = new(2026, 11, 29, 12, 0, 0, TimeSpan.Zero);
    private static readonly MessageId Message = MessageId.New(Accepted);
    private static readonly Dictionary<MessageId, List<SettlementRequest>> Nothing = [];

    private readonly MeterListener _listener = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private readonly List<string> _measured = [];
    private bool _isSilent;

    public QueueMetricsTests()
    {
        _listener.InstrumentPublished = (published, listener) =>
        {
            if (published.Meter.Name == QueueMetrics.MeterName) listener.EnableMeasurementEvents(published);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Measured(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Measured(instrument, value, tags));
        _listener.Start();
    }

    [Fact]
    public void Outcomes_of_recipients_are_counted_with_the_time_of_final_outcomes()
    {
        Happened(Ended(
            Outcome(2, Disposition.Delivered, 250, "ok"), Outcome(1, Disposition.Deferred, 451, "later"),
            Outcome(1, Disposition.Failed, 550, "5.1.1 no such user")));
        Assert.Equal(
            [
                "postfleet.delivered.recipients 2 default", "postfleet.deferred.recipients 1 default",
                "postfleet.bounced.recipients 1 default unknown-user", "postfleet.queue.time 90 default delivered",
                "postfleet.queue.time 90 default bounced",
            ], _measured);
    }

    [Fact]
    public void A_deferral_is_no_final_outcome()
    {
        Happened(Ended(Outcome(3, Disposition.Deferred, 451, "later")));
        Assert.Equal(["postfleet.deferred.recipients 3 default"], _measured);
    }

    [Fact]
    public void Open_recipients_of_an_expired_message_are_bounced()
    {
        var reply = new SmtpReply(451, null, "later");
        var report = new SettlementRequest(
            Message, 2, true, Accepted, ReportCause.Expired, [new RecipientOutcome(RecipientSet.All(3), Disposition.Failed, reply, "")]);
        QueueMetrics.Happened(
            Queue, new MessageExpired(Message, 2, Accepted.AddSeconds(90), reply, ""),
            new Dictionary<MessageId, List<SettlementRequest>> { [Message] = [report] }, BounceClassifier.Shipped);
        Assert.Equal(
            ["postfleet.bounced.recipients 3 default expired", "postfleet.queue.time 90 default expired"], _measured);
    }

    [Fact]
    public void Counting_an_outcome_allocates_nothing()
    {
        var e = Ended(Outcome(1, Disposition.Delivered, 250, "ok"));
        _isSilent = true;
        Happened(e);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) Happened(e);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    public void Dispose() => _listener.Dispose();

    private static void Happened(IQueueEvent e) => QueueMetrics.Happened(Queue, e, Nothing, BounceClassifier.Shipped);

    private static AttemptEnded Ended(params RecipientOutcome[] outcomes) =>
        new(Message, 1, Accepted.AddSeconds(90), AttemptResult.Attempted, outcomes, null);

    private static RecipientOutcome Outcome(int recipients, Disposition disposition, int code, string text) =>
        new(RecipientSet.All(recipients), disposition, new SmtpReply(code, null, text), "mx.test");

    // Other tests count at the same time, on their threads.
    private void Measured<T>(Instrument instrument, T value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (_isSilent || Environment.CurrentManagedThreadId != _thread) return;
        _measured.Add($"{instrument.Name} {value} {string.Join(' ', tags.ToArray().Select(tag => tag.Value))}");
    }
}
