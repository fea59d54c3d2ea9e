using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Common;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Delivery.Smtp;
using Postfleet.Spool;

namespace Postfleet.Delivery.Destinations;

/// <summary>What all connections of a node's destinations work with.</summary>
internal sealed record ConnectionServices(
    ISpool Spool, SiteConnector Connector, int MaxMessages, TimeProvider Time, ILogger Logger, IStallDetector Stalls,
    IQueueNodeReachability QueueNodes);

/// <summary>
/// The loop of one connection: opens it, takes jobs one after the other, and says how each has ended. Whom a host puts off it offers to the
/// site's next host at once, for which it gives its connection up for another one. It is not an actor: it waits for the network, and owns
/// nothing but the connection.
/// </summary>
internal sealed class ConnectionLoop(int id, DeliveryTarget target, ConnectionServices services, Action<ConnectionEvent> say)
{
    /// <summary>
    /// How long another host may take up to its final dot where the first one has taken the message for some recipients. Their queue hears
    /// of it only with the end of the attempt, and should this node die before, they get the message twice.
    /// </summary>
    internal static readonly TimeSpan MaxUntold = TimeSpan.FromMinutes(1);

    private static readonly SmtpReply SpoolDown = new(451, new EnhancedStatus(4, 3, 0), "the message cannot be read from storage now");

    private static readonly SmtpReply CannotConnect = new(451, new EnhancedStatus(4, 3, 0), "connecting failed by a fault of this host");

    // One job at a time: the destination gives the next one when it hears of the end of the last.
    private readonly Channel<Job> _jobs = Channel.CreateBounded<Job>(1);
    private readonly CancellationTokenSource _closing = new();

    /// <summary>Gives it a job; it must be open and have none.</summary>
    public void Send(Job job)
    {
        if (!_jobs.Writer.TryWrite(job)) throw new InvalidOperationException($"connection {id} of {target.Destination} takes no job now");
    }

    /// <summary>Has it close once its job is done; gives up opening it.</summary>
    public void Close()
    {
        _jobs.Writer.TryComplete();
        _closing.Cancel();
    }

    /// <summary>Runs until it is closed. Never throws.</summary>
    /// <param name="stopped">
    /// Ends the opening of the connection, and a job that runs, unless it is past its final dot: then its end has to be known, and it is
    /// only timed out.
    /// </param>
    /// <param name="abandoned">Closes the connection at once, whatever it does: nobody hears of its job any more, and its place at the site
    /// is another's.</param>
    public async Task RunAsync(CancellationToken stopped, CancellationToken abandoned)
    {
        using var opening = CancellationTokenSource.CreateLinkedTokenSource(stopped, _closing.Token);
        if (await OpenAsync(opening.Token) is not { } connected) return;
        try
        {
            await using var held = new HeldConnection(connected, abandoned);
            services.Logger.Connected(held.Current.RemoteHost, held.Current.Tls);
            say(new ConnectionEvent.Opened(id));
            await ServeAsync(held, stopped);
        }
        catch (Exception e)
        {
            // Jobs have their own guard: this is a fault in closing, and costs no more than the connection.
            services.Logger.ConnectionCrashed(e, target.Destination.Value);
        }

        say(new ConnectionEvent.Closed(id));
    }

    private async ValueTask<ConnectResult.Connected?> OpenAsync(CancellationToken givenUp)
    {
        try
        {
            switch (await services.Connector.ConnectAsync(target, givenUp))
            {
                case ConnectResult.Connected connected: return connected;
                case ConnectResult.Refused refused: say(new ConnectionEvent.Failed(id, refused.Reply)); return null;
                default: throw new InvalidOperationException("unknown connect result");
            }
        }
        catch (Exception e)
        {
            if (!givenUp.IsCancellationRequested) services.Logger.ConnectionCrashed(e, target.Destination.Value);
            say(new ConnectionEvent.Failed(id, CannotConnect));
            return null;
        }
    }

    private async Task ServeAsync(HeldConnection held, CancellationToken stopped)
    {
        while (await _jobs.Reader.WaitToReadAsync(CancellationToken.None) && _jobs.Reader.TryRead(out var job))
        {
            var (outcome, transactions) = await RunAsync(held, job, stopped);
            var isUsable = outcome is not null && held.IsFirst && held.Current.IsUsable && held.Current.Messages < services.MaxMessages;
            say(new ConnectionEvent.Ended(id, outcome, transactions, isUsable));
            if (!isUsable) break;
        }

        await held.LeaveAsync();
    }

    private async ValueTask<(JobOutcome? Outcome, int? Transactions)> RunAsync(HeldConnection held, Job job, CancellationToken stopped)
    {
        var (message, queue) = job.Part;
        int? transactions = 0;
        var fence = new FinalDotGuard(services.Stalls, job.Pulse, stopped, services.QueueNodes);
        try
        {
            var started = services.Time.GetTimestamp();
            // What waited here while this process stood still is not begun any more; what came as it woke up has to wait until it knows its
            // place.
            if (fence.IsOpen) await services.Stalls.RecoverAsync(stopped);
            await services.QueueNodes.WaitAsync(stopped);
            if (!fence.IsOpen) return (Return(job), transactions);
            if (await services.Spool.ReadAsync(job.Part, stopped) is not { } part)
                return (new JobOutcome(message, job.Attempt, AttemptResult.PartGone, []), transactions);
            LogAttempt(job, job.Open.Count, held.Current);
            transactions = null;
            var result = await held.Current.SendAsync(part, job.Open, fence);
            transactions = result.Transactions;
            if (result.Status == SendResultKind.Stale) return (null, transactions);
            if (result.Status == SendResultKind.Aborted) return (Return(job), transactions);
            Log(job, part, result.Outcomes, held.Current, started);
            var outcomes = result.Outcomes;
            if (target.Hosts.Count > 1 && !HandOver.PutOff(outcomes).IsEmpty)
                (outcomes, transactions) = await GoOnAsync(held, job, part, result, fence);
            return (new JobOutcome(message, job.Attempt, AttemptResult.Attempted, outcomes), transactions);
        }
        catch (OperationCanceledException) when (stopped.IsCancellationRequested)
        {
            return (Return(job), transactions);
        }
        catch (SpoolUnavailableException e)
        {
            services.Logger.SpoolUnavailable(target.Destination.Value, message, e.Message);
            var outcome = new RecipientOutcome(job.Open, Disposition.Deferred, SpoolDown, "");
            return (new JobOutcome(message, job.Attempt, AttemptResult.Attempted, [outcome]), transactions);
        }
        catch (Exception e)
        {
            services.Logger.Crashed(e, message, queue);
            return (new JobOutcome(message, job.Attempt, AttemptResult.Crashed, []), transactions);
        }
    }

    // Whatever goes wrong from here on, what the first host said is known and stays.
    private async ValueTask<(IReadOnlyList<RecipientOutcome> Outcomes, int? Transactions)> GoOnAsync(
        HeldConnection held, Job job, SpooledPart part, SendResult first, FinalDotGuard fence)
    {
        var attempt = new HandOver(first.Outcomes);
        var asked = new List<SiteAddress>(HandOver.MaxSessions);
        int? transactions = first.Transactions;
        using var untold = attempt.HasDelivered ? new CancellationTokenSource(MaxUntold, services.Time) : null;
        using var givenUp = CancellationTokenSource.CreateLinkedTokenSource(fence.Stopped, untold?.Token ?? CancellationToken.None);
        fence = fence with { Stopped = givenUp.Token };
        try
        {
            // No attempt begins without the quorum, and this begins at another host. It is not waited for, since the queue can be told what
            // the first host said.
            while (attempt.Open is { IsEmpty: false } open && fence.IsOpen && services.QueueNodes.IsReachable
                && await GoToNextHostAsync(held, asked, job, open.Count, fence.Stopped))
            {
                // Connecting takes its time.
                if (!fence.IsOpen) break;
                var (before, started) = (transactions, services.Time.GetTimestamp());
                LogAttempt(job, open.Count, held.Current);
                transactions = null;
                var result = await held.Current.SendAsync(part, open, fence);
                transactions = before + result.Transactions;
                if (result.Status != SendResultKind.Attempted) break;
                Log(job, part, result.Outcomes, held.Current, started);
                attempt.Add(result.Outcomes, result.Transactions);
            }
        }
        catch (OperationCanceledException) when (fence.Stopped.IsCancellationRequested)
        {
            // There is no more time for this.
        }
        catch (Exception e)
        {
            services.Logger.Crashed(e, job.Part.Message, job.Part.Queue);
        }

        return (attempt.Outcomes, transactions);
    }

    // Where the site has no other host that could be connected to, the connection at hand is kept.
    private async ValueTask<bool> GoToNextHostAsync(
        HeldConnection held, List<SiteAddress> asked, Job job, int recipients, CancellationToken stopped)
    {
        if (held.Address is not { } address) return false;
        asked.Add(address);
        var others = await services.Connector.FindOthersAsync(target, asked, stopped);
        if (others.Count == 0) return false;
        var remote = held.Current.RemoteHost;
        await held.LeaveAsync();
        switch (await services.Connector.ConnectAsync(target, others, stopped))
        {
            case ConnectResult.Connected connected:
                held.Take(connected);
                services.Logger.Connected(held.Current.RemoteHost, held.Current.Tls);
                return true;
            case ConnectResult.Refused refused:
                services.Logger.NoOtherHost(
                    job.Part.Message, job.Part.Queue, target.Destination.Value, recipients, remote, refused.Reply.ToString());
                return false;
            default: throw new InvalidOperationException("unknown connect result");
        }
    }

    private void LogAttempt(Job job, int recipients, ISiteConnection connection)
    {
        if (services.Logger.IsEnabled(LogLevel.Information))
            services.Logger.Attempt(job.Part.Message, job.Part.Queue, job.Attempt, recipients, connection.RemoteHost, connection.Tls);
    }

    private JobOutcome Return(Job job)
    {
        services.Logger.AttemptAborted(job.Part.Message, job.Part.Queue, job.Attempt, target.Destination.Value);
        return new JobOutcome(job.Part.Message, job.Attempt, AttemptResult.NotAttempted, []);
    }

    // The host that was asked, also where the reply is our own.
    private void Log(Job job, SpooledPart part, IReadOnlyList<RecipientOutcome> outcomes, ISiteConnection connection, long started)
    {
        const int MaxNamed = 10;
        if (!services.Logger.IsEnabled(LogLevel.Information)) return;
        var elapsed = Math.Round(services.Time.GetElapsedTime(started).TotalMilliseconds, 3);
        var age = Math.Round((services.Time.GetUtcNow() - part.AcceptedAt).TotalSeconds, 3);
        foreach (var outcome in outcomes)
        {
            var named = outcome.Recipients.Indexes().Where(index => index < part.Part.Recipients.Count).Take(MaxNamed)
                .Select(index => part.Part.Recipients[index].Address);
            var more = outcome.Recipients.Count > MaxNamed ? $",+{outcome.Recipients.Count - MaxNamed}" : "";
            services.Logger.Outcome(
                job.Part.Message, job.Part.Queue, string.Join(',', named) + more, outcome.Disposition, connection.RemoteHost,
                connection.Tls, outcome.Reply.ToString(), elapsed, age);
        }
    }
}
