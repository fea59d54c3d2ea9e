using System.Diagnostics;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Suppression;
using Postfleet.Contracts.Tracing;
using Postfleet.Core.Clocks;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Common;
using Postfleet.Delivery.Destinations.State;
using Postfleet.Delivery.Smtp;
using Postfleet.Spool.Common;

namespace Postfleet.Delivery.Destinations;

/// <summary>
/// The loop of one connection: opens it, runs jobs in sequence as <see cref="AttemptProcedure"/> says, and reports the end of each job.
/// It runs on the thread pool and not as an actor: it waits for the network, and owns only the connection. The destination that opens it
/// calls <see cref="Send"/> and <see cref="Close"/>.
/// </summary>
internal sealed class ConnectionLoop(
    int id, DeliveryTarget target, ConnectionServices services, Func<int> maxMessages, Action<ConnectionEvent> report)
{
    private static readonly SmtpReply SpoolDown = new(451, new EnhancedStatus(4, 3, 0), "the message cannot be read from storage now");

    private static readonly SmtpReply CannotConnect = new(451, new EnhancedStatus(4, 3, 0), "connecting failed by a fault of this host");

    // One job at a time: the destination sends the next job after the report of the end of the last.
    private readonly Channel<Job> _jobs = Channel.CreateBounded<Job>(1);
    private readonly CancellationTokenSource _closing = new();
    private volatile HeldConnection? _held;
    private readonly List<ReplyMatch> _matches = [];
    private readonly AttemptProcedure _attempt = new(target.Hosts.Count);
    private readonly PolicyGate _gate = new(target, services.Connector, services.Policies);

    /// <summary>The connection to the present host, for monitoring; null before it is open. Any thread may read it.</summary>
    public ISiteConnection? Current => _held?.Current;

    /// <summary>Runs a job. The connection must be open and have none.</summary>
    public void Send(Job job)
    {
        if (!_jobs.Writer.TryWrite(job)) throw new InvalidOperationException($"connection {id} of {target.Destination} takes no job now");
    }

    /// <summary>Closes the connection once its job has ended, or gives up opening it.</summary>
    public void Close()
    {
        _jobs.Writer.TryComplete();
        _closing.Cancel();
    }

    /// <summary>Runs until the connection is closed. Never throws.</summary>
    /// <param name="stopped">
    /// Ends the opening of the connection, and a running job before its final dot. After the final dot only a time-out ends a job, since
    /// its outcome has to be known.
    /// </param>
    /// <param name="abandoned">Closes the connection at once, in any state: its destination is gone, and another node may use the site's
    /// limit.</param>
    public async Task RunAsync(CancellationToken stopped, CancellationToken abandoned)
    {
        using var opening = CancellationTokenSource.CreateLinkedTokenSource(stopped, _closing.Token);
        if (await OpenAsync(opening.Token) is not { } connected) return;
        try
        {
            await using var held = new HeldConnection(connected, abandoned);
            _held = held;
            services.Logger.Connected(held.Current.RemoteHost, held.Current.Tls);
            report(new ConnectionEvent.Opened(id));
            await ServeAsync(held, stopped);
        }
        catch (Exception e)
        {
            // Exceptions of jobs are handled for each job. An exception here is from closing, and costs only the connection.
            services.Logger.ConnectionCrashed(e, target.Destination.Value);
        }

        report(new ConnectionEvent.Closed(id));
    }

    private async ValueTask<ConnectResult.Connected?> OpenAsync(CancellationToken givenUp)
    {
        try
        {
            switch (await services.Connector.ConnectAsync(target, givenUp))
            {
                case ConnectResult.Connected connected: return connected;
                case ConnectResult.Refused refused:
                    report(new ConnectionEvent.Failed(id, refused.Reply) { Match = ReplyRules.Find(refused.Told, services.Classifier) });
                    return null;
                default: throw new InvalidOperationException("unknown connect result");
            }
        }
        catch (Exception e)
        {
            if (!givenUp.IsCancellationRequested) services.Logger.ConnectionCrashed(e, target.Destination.Value);
            report(new ConnectionEvent.Failed(id, CannotConnect));
            return null;
        }
    }

    private async Task ServeAsync(HeldConnection held, CancellationToken stopped)
    {
        while (await _jobs.Reader.WaitToReadAsync(CancellationToken.None) && _jobs.Reader.TryRead(out var job))
        {
            var began = services.Time.GetTimestamp();
            await RunAsync(held, job, stopped);
            var outcome = _attempt.Outcome;
            if (outcome is not null) Report(job, outcome, held.Current.RemoteHost, services.Time.GetElapsedTime(began));
            var isUsable = outcome is not null && held.IsFirst && held.Current.IsUsable && held.Current.Messages < maxMessages();
            report(new ConnectionEvent.Ended(id, outcome, _attempt.Transactions, isUsable)
            {
                Matches = _matches.Count == 0 ? [] : [.. _matches],
            });
            _matches.Clear();
            if (!isUsable) break;
        }

        await held.LeaveAsync();
    }

    private void Report(Job job, JobOutcome outcome, string remoteHost, TimeSpan duration)
    {
        DeliveryMetrics.Ended(job.Part.Queue, outcome, duration);
        MessageTrace.Report(
            "attempt", ActivityKind.Client, job.Part.Message, services.Time.GetWallTime(), duration, ("server.address", remoteHost));
    }

    private async ValueTask RunAsync(HeldConnection held, Job job, CancellationToken stopped)
    {
        SpooledPart? part = null;
        OtherHosts? others = null;
        var began = services.Time.GetTimestamp();
        var started = began;
        var guard = new FinalDotGuard(services.Stalls, job.StallMark, stopped, services.QueueNodes);
        _attempt.Begin(job, services.Stalls.IsSteady(job.StallMark));
        while (_attempt.Step != AttemptStep.End)
        {
            try
            {
                switch (_attempt.Step)
                {
                    case AttemptStep.AwaitRecovery:
                        await services.Stalls.RecoverAsync(guard.Stopped);
                        _attempt.Recovered();
                        break;
                    case AttemptStep.AwaitQueueNodes:
                        await services.QueueNodes.WaitAsync(guard.Stopped);
                        _attempt.QueueNodesReached(guard.IsOpen);
                        break;
                    case AttemptStep.ReadPart:
                        part = await services.Parts.ReadAsync(job.Part, guard.Stopped);
                        // The job may have waited for long, and the queue may not know the end of the time yet.
                        var isOver = part is not null && DeliverByExtension.IsOver(part, DeliverByExtension.Now(part, services.Time));
                        var suppressed = part is null || isOver ? []
                            : await SuppressedRecipients.FindAsync(services.Suppression, part, _attempt.Open, guard.Stopped);
                        _attempt.PartRead(part is not null, isOver ? DeliverByExtension.TimeOver : null, suppressed);
                        break;
                    case AttemptStep.Send:
                        LogAttempt(job, _attempt.Open.Count, held.Current);
                        var sent = await _gate.SendAsync(held, part!, _attempt.Open, guard);
                        var result = ReplyRules.Apply(sent, services.Classifier, _matches, job.Part.Queue.Stream);
                        if (result.Status == SendResultKind.Attempted) Log(job, part!, result.Outcomes, held.Current, started);
                        EndSending(result, guard, held.Current.Details, began);
                        break;
                    case AttemptStep.ChangeHost:
                        others ??= new OtherHosts(target, services, _attempt.TimeLimit, stopped);
                        guard = guard with { Stopped = others.Stopped };
                        var isConnected = await others.ChangeAsync(held, job, _attempt.Open.Count, _gate.Demand);
                        _attempt.HostChanged(isConnected, guard.IsOpen);
                        started = services.Time.GetTimestamp();
                        break;
                    default: throw new InvalidOperationException($"unknown step {_attempt.Step}");
                }
            }
            catch (OperationCanceledException) when (guard.Stopped.IsCancellationRequested)
            {
                _attempt.Stopped();
            }
            catch (Exception e) when (_attempt.IsAtFirstHost && e is SpoolUnavailableException or SuppressionUnavailableException)
            {
                services.Logger.SpoolUnavailable(target.Destination.Value, job.Part.Message, e.Message);
                _attempt.SpoolFailed(SpoolDown);
            }
            catch (Exception e)
            {
                services.Logger.Crashed(e, job.Part.Message, job.Part.Queue);
                _attempt.Crashed();
            }
        }

        others?.Dispose();
        if (_attempt.Outcome is { Result: AttemptResult.NotAttempted })
            services.Logger.AttemptAborted(job.Part.Message, job.Part.Queue, job.Attempt, target.Destination.Value);
    }

    private void EndSending(SendResult result, FinalDotGuard guard, AttemptDetails details, long began)
    {
        switch (result.Status)
        {
            case SendResultKind.Stale: _attempt.ConnectionStale(); break;
            case SendResultKind.Aborted: _attempt.Aborted(result.Transactions); break;
            case SendResultKind.Attempted:
                _attempt.Sent(
                    result.Outcomes, result.Transactions, guard.IsOpen && services.QueueNodes.IsReachable,
                    details with { Duration = services.Time.GetElapsedTime(began) });
                break;
            default: throw new InvalidOperationException($"unknown status {result.Status}");
        }
    }

    private void LogAttempt(Job job, int recipients, ISiteConnection connection)
    {
        if (services.Logger.IsEnabled(LogLevel.Information))
            services.Logger.Attempt(job.Part.Message, job.Part.Queue, job.Attempt, recipients, connection.RemoteHost, connection.Tls);
    }

    // Logs and counts what a host has made of a message. The host is logged also where the reply was made by this node.
    private void Log(Job job, SpooledPart part, IReadOnlyList<RecipientOutcome> outcomes, ISiteConnection connection, long started)
    {
        const int MaxNamed = 10;
        DeliveryMetrics.Sent(part.Content.Length, outcomes);
        if (!services.Logger.IsEnabled(LogLevel.Information)) return;
        var elapsed = Math.Round(services.Time.GetElapsedTime(started).TotalMilliseconds, 3);
        var age = Math.Round((services.Time.GetUtcNow() - part.AcceptedAt).TotalSeconds, 3);
        foreach (var outcome in outcomes)
        {
            var named = outcome.Recipients.Indexes().Where(index => index < part.Part.Recipients.Count).Take(MaxNamed)
                .Select(index => part.Part.Recipients[index].Address);
            var more = outcome.Recipients.Count > MaxNamed ? $",+{outcome.Recipients.Count - MaxNamed}" : "";
            var found = services.Classifier.Classify(outcome.Reply, connection.RemoteHost);
            services.Logger.Outcome(
                job.Part.Message, job.Part.Queue, string.Join(',', named) + more, outcome.Disposition, connection.RemoteHost,
                connection.Tls, outcome.Reply.ToString(), found?.Name ?? "none", elapsed, age);
        }
    }
}
