using Akka.Actor;
using Akka.Event;
using Microsoft.Extensions.Logging;
using Postfleet.Operations.Common;

namespace Postfleet.Operations.Reports;

/// <summary>
/// Starts a run of <see cref="DmarcReporter"/> every ten minutes, and the first one sooner. A cluster singleton on nodes with the role
/// <c>frontend</c>; its state is durable in the storage alone, so any other instance can take over.
/// </summary>
internal sealed class DmarcReportSender : UntypedActor, IWithTimers
{
    /// <summary>The name of the singleton.</summary>
    public const string Name = "dmarc-reports";

    /// <summary>
    /// The pause before the first run. A cluster that is restarted around midnight, or a node that runs for minutes at a time, sends too.
    /// </summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(20);

    /// <summary>The pause between two runs.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    private readonly Func<CancellationToken, Task> _run;
    private readonly TimeSpan _first;
    private readonly TimeSpan _interval;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopped = new();

    /// <param name="run">The run.</param>
    /// <param name="first">The pause before the first run.</param>
    /// <param name="interval">The pause between two runs.</param>
    /// <param name="logger">The log.</param>
    public DmarcReportSender(Func<CancellationToken, Task> run, TimeSpan first, TimeSpan interval, ILogger logger) =>
        (_run, _first, _interval, _logger) = (run, first, interval, logger);

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc/>
    protected override void PreStart() => Rest(_first);

    /// <inheritdoc/>
    protected override void PostStop()
    {
        _stopped.Cancel();
        _stopped.Dispose();
    }

    /// <inheritdoc/>
    protected override void OnReceive(object message)
    {
        switch (message)
        {
            case Begin:
                RunAsync().PipeTo(Self, success: () => Ended.Instance, failure: cause => new RunFailed(cause));
                break;
            case Ended:
                Rest(_interval);
                break;
            case RunFailed failure:
                _logger.DmarcReportsFailed(failure.Cause.Message, _interval);
                Rest(_interval);
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    // A run that throws at once is a failed run, too.
    private async Task RunAsync() => await _run(_stopped.Token);

    private void Rest(TimeSpan pause) => Timers.StartSingleTimer(Begin.Instance, Begin.Instance, pause);

    private sealed record RunFailed(Exception Cause) : INoSerializationVerificationNeeded, IDeadLetterSuppression;

    private sealed class Begin : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly Begin Instance = new();
    }

    private sealed class Ended : INoSerializationVerificationNeeded, IDeadLetterSuppression
    {
        public static readonly Ended Instance = new();
    }
}
