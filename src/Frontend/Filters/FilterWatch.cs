using System.Text;
using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Filters.Protocol;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Filters;

/// <summary>
/// Notes the failures of a filter: counts and logs them, gives the verdict on the mail, and leaves the filter out for a while. Used by the
/// sessions of all listeners; thread-safe.
/// </summary>
/// <param name="options">The filter.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The module's log.</param>
internal sealed class FilterWatch(FilterOptions options, TimeProvider time, ILogger logger)
{
    /// <summary>
    /// How long a filter that could not be reached, or hung, is not asked again, where mail passes without it.
    /// </summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

    // Lines about failures for each filter.
    private const int LinesPerSecond = 1;

    private readonly LogBudget _budget = new(time, LinesPerSecond);
    private readonly LogBudget _leftOutBudget = new(time, LinesPerSecond);
    private long _pausedSince;
    private volatile bool _isPaused;

    /// <summary>The verdict on mail when the filter fails.</summary>
    public Verdict WhenFailed { get; } = FilterVerdicts.Of(options.OnFailure);

    /// <summary>Whether the filter is left out because it failed a moment ago.</summary>
    public bool IsPaused
    {
        get
        {
            if (!_isPaused) return false;
            if (time.GetElapsedTime(Interlocked.Read(ref _pausedSince)) < Pause) return true;
            _isPaused = false;
            return false;
        }
    }

    /// <summary>Notes a failure.</summary>
    /// <param name="failure">The failure.</param>
    /// <param name="isOpening">
    /// Whether the filter has failed before a message: a later failure may be the fault of one message.
    /// </param>
    /// <returns>The verdict on the mail.</returns>
    public Verdict Failed(FilterException failure, bool isOpening)
    {
        FrontendMetrics.FilterFailed(options.Name, WordOf(failure.Fault));
        if (_budget.TryTake(out var leftOut))
        {
            logger.FilterFailed(
                options.Name, options.Place(), failure.Message,
                options.OnFailure.ToString().ToLowerInvariant(), leftOut);
        }

        if (failure.Fault == FilterFault.NoMemory) return FilterVerdicts.NoMemory;
        // A hanging filter must not delay each message. One that was sent a message which breaks it, or keeps it busy, stays in force for
        // the others: otherwise a sender could switch it off.
        if (options.OnFailure == FilterFailure.Accept && isOpening && failure.Fault is FilterFault.Unreachable or FilterFault.TimedOut)
        {
            Interlocked.Exchange(ref _pausedSince, time.GetTimestamp());
            _isPaused = true;
        }

        return WhenFailed;
    }

    /// <summary>Logs added recipients that get nothing.</summary>
    /// <param name="message">The message.</param>
    /// <param name="recipients">The recipients with the reasons; at least one.</param>
    public void LeftOut(MessageId message, IReadOnlyList<(Mailbox Named, Verdict Verdict)> recipients)
    {
        if (!_leftOutBudget.TryTake(out var earlier)) return;
        var (named, verdict) = recipients[0];
        logger.FilterRecipientLeftOut(
            options.Name, named.Address, message, Encoding.ASCII.GetString(verdict.Reply.Span).TrimEnd(), recipients.Count - 1, earlier);
    }

    private static string WordOf(FilterFault fault) => fault switch
    {
        FilterFault.Unreachable => "unreachable",
        FilterFault.TimedOut => "timeout",
        FilterFault.Busy => "busy",
        FilterFault.Closed => "closed",
        FilterFault.Status => "status",
        FilterFault.NoMemory => "memory",
        _ => "malformed",
    };
}
