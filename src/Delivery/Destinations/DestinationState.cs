using Postfleet.Core.Mail;
using Postfleet.Core.Protocol.Messages;
using Postfleet.Core.Queueing;

namespace Postfleet.Delivery.Destinations;

/// <summary>
/// What one destination knows and decides: jobs, credit, connections, and whether the site is there. No I/O, no clock, no actor: time is an argument, and what
/// is to be done is left in <see cref="Effects"/>.
/// </summary>
internal sealed class DestinationState(DestinationRules rules, Func<double> random)
{
    /// <summary>How long a site that refused a further connection is not asked for more.</summary>
    private static readonly TimeSpan GrowPause = TimeSpan.FromSeconds(10);

    private readonly JobBook _jobs = new();
    private readonly CreditBook _credits = new();
    private readonly Dictionary<int, Connection> _connections = [];
    private readonly Stack<Connection> _idle = new();
    private int _lastConnection;
    private int _failures;
    private long _downUntil;
    private long _growAfter;
    private SmtpReply? _downReply;
    private bool _isStopping;

    private sealed class Connection(int id)
    {
        public int Id { get; } = id;

        public bool IsOpen { get; set; }

        public Job? Job { get; set; }

        public long IdleSince { get; set; }
    }

    /// <summary>What is to be done, in order; the driver takes it and clears the list.</summary>
    public List<DestinationEffect> Effects { get; } = [];

    public int Connections => _connections.Count;

    public int Waiting => _jobs.Waiting;

    public int Running => _jobs.Running;

    /// <summary>Whether reports wait for <see cref="Flush"/>.</summary>
    public bool HasReports => _jobs.HasUnreported;

    /// <summary>Whether nothing is left that anybody waits for.</summary>
    public bool IsDrained => _jobs.Waiting + _jobs.Running + _jobs.Unacknowledged == 0;

    /// <summary>Whether the entity may go.</summary>
    public bool IsIdle => IsDrained && _credits.IsEmpty && _connections.Count == 0;

    private int Outstanding => _credits.Granted + _jobs.Waiting + _jobs.Running;

    // A site that was down is asked by one connection with one job before the others come back.
    private bool IsProbing => _failures > 0;

    public void Request(QueueKey queue, int jobs, DateTimeOffset now)
    {
        if (_isStopping) return;
        if (IsDown(now)) Refuse(queue, now);
        else _credits.Want(queue, jobs);
        Advance(now);
    }

    public void Deliver(QueueKey queue, IReadOnlyList<DeliveryJob> jobs, DateTimeOffset now)
    {
        foreach (var job in jobs)
        {
            _credits.Use(queue);
            Take(new Job(new PartId(job.Message, queue), job.Attempt, job.Open), now);
        }

        Advance(now);
    }

    public void Acknowledge(QueueKey queue, IReadOnlyList<AttemptId> attempts, DateTimeOffset now)
    {
        foreach (var attempt in attempts) _jobs.Acknowledge(new PartId(attempt.Message, queue), attempt.Attempt, now.UtcTicks);
    }

    public void ConnectionOpened(int id, DateTimeOffset now)
    {
        if (!_connections.TryGetValue(id, out var connection)) return;
        if (_failures > 0) Effects.Add(new DestinationEffect.SiteChanged(true, TimeSpan.Zero, null));
        (_failures, _downUntil, _growAfter, _downReply) = (0, 0, 0, null);
        connection.IsOpen = true;
        Rest(connection, now);
        Advance(now);
    }

    /// <summary>No host of the site let a connection be opened.</summary>
    public void ConnectionFailed(int id, SmtpReply reply, DateTimeOffset now)
    {
        if (!_connections.Remove(id)) return;
        var pause = Pause(_failures + 1);
        // Either the site is there and does not want more connections now, or the others that are being opened say whether it is.
        _growAfter = (now + GrowPause).UtcTicks;
        if (_connections.Count == 0)
        {
            _failures++;
            (_downUntil, _downReply) = ((now + pause).UtcTicks, reply);
            Effects.Add(new DestinationEffect.SiteChanged(false, pause, reply));
            foreach (var job in _jobs.TakeWaiting()) End(job, JobEnd.Returned);
            foreach (var queue in _credits.Clear()) Refuse(queue, now);
        }

        Advance(now);
    }

    /// <summary>A job has ended on a connection.</summary>
    /// <param name="id">The connection.</param>
    /// <param name="outcome">How it ended; null when the connection was found dead before anything was tried, so that the job goes on another.</param>
    /// <param name="isUsable">Whether the connection takes another job.</param>
    /// <param name="now">The time.</param>
    public void JobEnded(int id, JobOutcome? outcome, bool isUsable, DateTimeOffset now)
    {
        if (!_connections.TryGetValue(id, out var connection) || connection.Job is not { } job) return;
        connection.Job = null;
        if (outcome is null) _jobs.PutBack(job);
        else _jobs.End(job, outcome);
        if (isUsable) Rest(connection, now);
        else Close(connection);
        Advance(now);
    }

    /// <summary>Does what time asks for. To be called every second or so while the destination is not idle.</summary>
    public void Tick(DateTimeOffset now)
    {
        _credits.Lapse(now.UtcTicks);
        _jobs.ForgetOld(now.UtcTicks);
        _jobs.ReportAgain((now - DestinationRules.ReportAgainAfter).UtcTicks);
        foreach (var connection in _connections.Values.Where(c => c is { IsOpen: true, Job: null }).ToList())
        {
            if (connection.IdleSince + rules.IdleConnection.Ticks <= now.UtcTicks) Close(connection);
        }

        Advance(now);
    }

    /// <summary>Sends the reports that have gathered.</summary>
    public void Flush(DateTimeOffset now)
    {
        foreach (var (queue, jobs) in _jobs.TakeReports(now.UtcTicks)) Effects.Add(new DestinationEffect.Report(queue, jobs));
    }

    /// <summary>Takes no more jobs; those that wait go back, those that run end.</summary>
    public void Stop(DateTimeOffset now)
    {
        _isStopping = true;
        _credits.Clear();
        foreach (var job in _jobs.TakeWaiting()) End(job, JobEnd.Returned);
        foreach (var connection in _connections.Values.Where(c => c is { IsOpen: true, Job: null }).ToList()) Close(connection);
        Flush(now);
    }

    private bool IsDown(DateTimeOffset now) => _downUntil > now.UtcTicks;

    private void Refuse(QueueKey queue, DateTimeOffset now) => Effects.Add(new DestinationEffect.Unavailable(
        queue, TimeSpan.FromTicks(Math.Max(TimeSpan.TicksPerSecond, _downUntil - now.UtcTicks)), _downReply!));

    private TimeSpan Pause(int failures)
    {
        var seconds = rules.FirstPause.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, 30)) * (0.9 + 0.2 * random());
        return TimeSpan.FromSeconds(Math.Min(seconds, rules.MaxPause.TotalSeconds));
    }

    private void Take(Job job, DateTimeOffset now)
    {
        if (_jobs.Find(job.Part) is { } known)
        {
            // The same attempt: it is under way, or its outcome was lost. An older one is a late copy.
            if (known.Attempt >= job.Attempt || known.Outcome is null)
            {
                if (known.Attempt == job.Attempt && known is { Outcome: not null, ReportedAt: > 0 }) _jobs.Report(known);
                return;
            }

            // A newer one says that the queue has the outcome of the one before.
            _jobs.Acknowledge(known.Part, known.Attempt, now.UtcTicks);
        }

        if (_jobs.Recall(job.Part, job.Attempt) is { } outcome) _jobs.End(job, outcome);
        else if (_isStopping || IsDown(now) || Outstanding >= 2 * rules.Window) End(job, JobEnd.Returned);
        else _jobs.Add(job);
    }

    private void End(Job job, JobEnd end) => _jobs.End(job, new JobOutcome(job.Part.Message, job.Attempt, end, []));

    private void Rest(Connection connection, DateTimeOffset now)
    {
        connection.IdleSince = now.UtcTicks;
        if (_isStopping) Close(connection);
        else _idle.Push(connection);
    }

    private void Close(Connection connection)
    {
        connection.IsOpen = false;
        _connections.Remove(connection.Id);
        Effects.Add(new DestinationEffect.Close(connection.Id));
    }

    private void Advance(DateTimeOffset now)
    {
        while (_jobs.Waiting > 0 && _idle.TryPop(out var connection))
        {
            if (!connection.IsOpen) continue;
            connection.Job = _jobs.Take()!;
            Effects.Add(new DestinationEffect.Send(connection.Id, connection.Job));
        }

        if (_isStopping) return;
        Grow(now);
        if (!IsDown(now)) _credits.Share(
            (IsProbing ? 1 : rules.Window) - Outstanding,
            (now + DestinationRules.GrantLife).UtcTicks,
            (queue, credits) => Effects.Add(new DestinationEffect.Grant(queue, credits)));
    }

    // One more connection for each job that waits for one, as far as the limit goes.
    private void Grow(DateTimeOffset now)
    {
        if (IsDown(now) || (_growAfter > now.UtcTicks && _connections.Count > 0)) return;
        var opening = _connections.Values.Count(connection => !connection.IsOpen);
        // The first connection shows whether the site is there; then the others follow at once.
        var limit = opening == _connections.Count ? 1 : rules.MaxConnections;
        while (_connections.Count < limit && opening < _jobs.Waiting)
        {
            var connection = new Connection(++_lastConnection);
            _connections.Add(connection.Id, connection);
            Effects.Add(new DestinationEffect.Open(connection.Id));
            opening++;
        }
    }
}
