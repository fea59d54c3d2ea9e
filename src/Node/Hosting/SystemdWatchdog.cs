using System.Collections;
using System.Globalization;
using Postfleet.Contracts.Stats;

namespace Postfleet.Node.Hosting;

/// <summary>
/// Sends the watchdog's messages of sd_notify(3) while all life signs answer. Without a message for <c>WatchdogSec</c>, systemd ends the
/// process with SIGABRT and starts it again by <c>Restart</c>; acknowledged mail is in the storage. A thread pool without free threads
/// sends none, too: the timer needs one. <see cref="NodeHost"/> owns the watchdog from the start of the node to the end of the process.
/// </summary>
internal sealed class SystemdWatchdog : IDisposable
{
    /// <summary>The message of a healthy service.</summary>
    public const string Alive = "WATCHDOG=1";

    private const string PeriodVariable = "WATCHDOG_USEC";
    private const string ProcessVariable = "WATCHDOG_PID";

    private readonly ILifeSign[] _signs;
    private readonly Action<string> _notify;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _disposed = new();
    private readonly CancellationToken _ended;
    private readonly ITimer _timer;
    private Round? _round;
    private bool _isWithheld;

    /// <summary>Starts to probe: the first time at once, then three times in each period, so that two late rounds do no harm.</summary>
    /// <param name="period">The time after which systemd ends a silent service.</param>
    /// <param name="signs">The life signs.</param>
    /// <param name="notify">Tells systemd a state.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log.</param>
    public SystemdWatchdog(
        TimeSpan period, IEnumerable<ILifeSign> signs, Action<string> notify, TimeProvider time, ILogger logger)
    {
        (_signs, _notify, _time, _logger) = ([.. signs], notify, time, logger);
        _ended = _disposed.Token;
        _timer = time.CreateTimer(_ => Tick(), null, TimeSpan.Zero, period / 3);
    }

    /// <summary>The period that systemd asks of this process; null if it asks for none.</summary>
    /// <param name="environment">The environment variables.</param>
    /// <param name="processId">The id of this process: the variables may be inherited from another service.</param>
    public static TimeSpan? Period(IDictionary environment, int processId)
    {
        if (!long.TryParse(environment[PeriodVariable] as string, NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds)
            || microseconds <= 0 || microseconds > TimeSpan.FromDays(1).TotalMicroseconds) return null;
        var owner = environment[ProcessVariable] as string;
        return string.IsNullOrEmpty(owner) || owner == processId.ToString(CultureInfo.InvariantCulture)
            ? TimeSpan.FromMicroseconds(microseconds) : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        _disposed.Cancel();
        _disposed.Dispose();
    }

    private void Tick()
    {
        var next = new Round(_time.GetTimestamp());
        if (Interlocked.CompareExchange(ref _round, next, null) is { } last) Withhold(last, null);
        else _ = RunAsync(next);
    }

    private async Task RunAsync(Round round)
    {
        try
        {
            round.Probes = [.. _signs.Select(sign => sign.ProbeAsync(_ended))];
            await Task.WhenAll(round.Probes);
            _notify(Alive);
            if (Interlocked.Exchange(ref _isWithheld, false)) NodeLog.WatchdogResumed(_logger, _time.GetElapsedTime(round.Began));
        }
        catch (OperationCanceledException) when (_ended.IsCancellationRequested)
        {
            // The process ends.
        }
        catch (Exception e)
        {
            // A fault of the program; the next round tries again.
            Withhold(round, e);
        }

        Volatile.Write(ref _round, null);
    }

    // One line for a silence, however many rounds it takes.
    private void Withhold(Round round, Exception? fault)
    {
        if (Interlocked.Exchange(ref _isWithheld, true)) return;
        var probes = round.Probes;
        var silent = _signs.Where((_, i) => i >= probes.Count || !probes[i].IsCompletedSuccessfully).Select(sign => sign.Name);
        NodeLog.WatchdogWithheld(_logger, fault, string.Join(", ", silent), _time.GetElapsedTime(round.Began));
    }

    private sealed class Round(long began)
    {
        private volatile IReadOnlyList<Task> _probes = [];

        public long Began => began;

        public IReadOnlyList<Task> Probes { get => _probes; set => _probes = value; }
    }
}
