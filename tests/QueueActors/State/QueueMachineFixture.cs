using Postfleet.Contracts.Messages;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.QueueActors.State;
using Xunit;
using static Postfleet.QueueActors.Tests.State.QueueDriver;

namespace Postfleet.QueueActors.Tests.State;

/// <summary>A queue machine and the steps that its tests share.</summary>
public abstract class QueueMachineFixture
{
    private protected readonly QueueDriver _queue = new();

    private protected MessageId Sent(int recipients = 1)
    {
        var id = _queue.NewId();
        _queue.Offer(id, recipients).Route().Grant(100);
        Assert.Contains(_queue.TakeJobs(), job => job.Message == id && job.Attempt == 1);
        _queue.Take<QueueEffect.AcknowledgeParts>();
        return id;
    }

    private protected MessageId Waiting(int recipients = 1)
    {
        var id = _queue.NewId();
        _queue.Offer(id, recipients);
        return id;
    }

    private protected (int Messages, bool IsComplete) Progress()
    {
        var progress = _queue.Take<QueueEffect.ReportAction>()[^1].Progress;
        return (progress.Messages, progress.IsComplete);
    }

    private protected void SiteDown(TimeSpan pause) => _queue.Do(new QueueCommand.SiteDown(new SiteUnavailable(
        Queue, Destination, pause, new SmtpReply(421, new EnhancedStatus(4, 4, 1), "no host answers"))));

    private protected DateTimeOffset? NextButMarks()
    {
        foreach (var entry in _queue.State.Entries) entry.IsMarked = true;
        return _queue.Machine.NextWake(_queue.Now);
    }
}
