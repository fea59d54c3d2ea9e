using Microsoft.Extensions.Logging;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Filters.Hooks;

/// <summary>
/// Finds out whether a hook that did not answer a request in time answers at all, and leaves the hook out until it does, where mail passes
/// without it. The question has nothing of a message and a connection of its own: a sender whose mail keeps the hook busy cannot switch
/// the hook off. Asked again while mail comes, every <see cref="FilterWatch.Pause"/>. One object serves all sessions; thread-safe.
/// </summary>
/// <param name="options">The filter.</param>
/// <param name="answers">Asks the hook for any answer within a time limit; faults of the hook are no answer.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The module's log.</param>
internal sealed class HookPulse(FilterOptions options, Func<TimeSpan, Task<bool>> answers, TimeProvider time, ILogger logger)
{
    private int _isAsking;
    private long _askedAt;
    private volatile bool _isHung;

    /// <summary>Whether the hook is left out, because it answers nobody.</summary>
    public bool IsHung
    {
        get
        {
            if (!_isHung) return false;
            if (time.GetElapsedTime(Interlocked.Read(ref _askedAt)) >= FilterWatch.Pause) Ask();
            return true;
        }
    }

    /// <summary>Notes that a request had no answer in time.</summary>
    public void TimedOut()
    {
        if (options.OnFailure == FilterFailure.Accept) Ask();
    }

    // One question at a time.
    private void Ask()
    {
        if (Interlocked.Exchange(ref _isAsking, 1) == 0) _ = AskAsync();
    }

    private async Task AskAsync()
    {
        var hasAnswered = await HasAnsweredAsync();
        Interlocked.Exchange(ref _askedAt, time.GetTimestamp());
        if (_isHung == hasAnswered)
        {
            _isHung = !hasAnswered;
            if (hasAnswered) logger.FilterAnswersAgain(options.Name);
            else logger.FilterHangs(options.Name, options.Place());
        }

        Volatile.Write(ref _isAsking, 0);
    }

    private async Task<bool> HasAnsweredAsync()
    {
        try
        {
            return await answers(options.CommandTimeout);
        }
#pragma warning disable CA1031 // A question that ends without an answer must not be the last one: the hook would be left out for ever.
        catch (Exception e)
#pragma warning restore CA1031
        {
            logger.FilterQuestionFailed(e, options.Name);
            return false;
        }
    }
}
