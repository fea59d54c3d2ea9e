using Akka.Actor;
using Akka.Event;
using Microsoft.Extensions.Logging;
using Postfleet.Operations.Common;

namespace Postfleet.Operations.Reports;

/// <summary>
/// Starts a run of <see cref="DmarcReporter"/> every ten minutes. A cluster singleton on nodes with the role <c>frontend</c>; its state is
/// durable in the storage alone, so any other instance can take over.
/// </summary>
internal sealed class DmarcReportSender : UntypedActor, IWithTimers
{
    /// <summary>The name of the singleton.</summary>
    public const string Name = "dmarc-reports";

    /// <summary>The pause between two runs.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    private readonly Func<CancellationToken, Task> _run;
    private readonly TimeSpan _interval;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stopped = new();

    /// <param name="run">The run.</param>
    /// <param name="interval">The pause between two runs.</param>
    /// <param name="logger">The log.</param>
    public DmarcReportSender(Func<CancellationToken, Task> run, TimeSpan interval, ILogger logger) =>
        (_run, _interval, _logger) = (run, interval, logger);

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc/>
    protected override void PreStart() => Rest();

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
                Rest();
                break;
            case RunFailed failure:
                _logger.DmarcReportsFailed(failure.Cause.Message, _interval);
                Rest();
                break;
            default:
                Unhandled(message);
                break;
        }
    }

    // A run that throws at once is a failed run, too.
    private async Task RunAsync() => await _run(_stopped.Token);

    private void Rest() => Timers.StartSingleTimer(Begin.Instance, Begin.Instance, _interval);

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
