using System.Diagnostics.Metrics;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Common;
using Xunit;

namespace Postfleet.Delivery.Tests.Common;

public sealed class DeliveryMetricsTests : IDisposable
{
    private static readonly QueueKey Queue = QueueKey.FromTrusted("default:a.test");

    private readonly MeterListener _listener = new();
    private readonly int _thread = Environment.CurrentManagedThreadId;
    private string? _outcome;

    public DeliveryMetricsTests()
    {
        _listener.InstrumentPublished = (published, listener) =>
        {
            if (published.Meter.Name == "Postfleet.Delivery") listener.EnableMeasurementEvents(published);
        };
        _listener.SetMeasurementEventCallback<long>(Measured);
        _listener.SetMeasurementEventCallback<double>((_, _, _, _) => { });
        _listener.Start();
    }

    [Theory]
    [InlineData("delivered", Disposition.Deferred, Disposition.Delivered)]
    [InlineData("deferred", Disposition.Failed, Disposition.Deferred)]
    [InlineData("failed", Disposition.Failed, Disposition.Failed)]
    public void An_attempt_has_the_best_outcome_of_its_recipients(string outcome, Disposition first, Disposition second)
    {
        DeliveryMetrics.Ended(Queue, Job(first, second), TimeSpan.FromSeconds(1));
        Assert.Equal(outcome, _outcome);
    }

    [Fact]
    public void Counting_an_attempt_allocates_nothing()
    {
        var job = Job(Disposition.Delivered);
        Count();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++) Count();
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void Count()
        {
            DeliveryMetrics.Ended(Queue, job, TimeSpan.FromSeconds(1));
            DeliveryMetrics.Sent(100, job.Recipients);
            DeliveryMetrics.Connected("TLSv1.3,TLS_AES_256_GCM_SHA384,verified");
        }
    }

    public void Dispose() => _listener.Dispose();

    // Other tests count at the same time, on their threads.
    private void Measured(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? state)
    {
        if (Environment.CurrentManagedThreadId != _thread || instrument.Name != "postfleet.attempts") return;
        foreach (var tag in tags) if (tag.Key == "outcome") _outcome = (string?)tag.Value;
    }

    private static JobOutcome Job(params Disposition[] dispositions) => new(
        MessageId.New(DateTimeOffset.UnixEpoch), 1, AttemptResult.Attempted,
        [.. dispositions.Select(each => new RecipientOutcome(RecipientSet.All(1), each, new SmtpReply(250, null, "ok"), "mx.test"))]);
}
