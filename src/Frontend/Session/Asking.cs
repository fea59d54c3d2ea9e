using System.Net;
using Postfleet.Contracts.Receiving;

namespace Postfleet.Frontend.Session;

/// <summary>How the wait for an answer has ended.</summary>
internal enum AskResult
{
    /// <summary>There is a verdict: the check's own, or the check's verdict for a failure.</summary>
    Answered,

    /// <summary>The client has gone.</summary>
    Gone,

    /// <summary>The server stops.</summary>
    Stopped,
}

/// <summary>
/// Has one question answered, in bounded time. It reads ahead meanwhile, so that a leaving client is noticed; the session still receives
/// all octets. The session's loop calls it; <see cref="Stop"/> comes from any thread.
/// </summary>
internal sealed class Asking(Question question, SessionServices services, IPAddress client, string session)
{
    // It has no timer, so that nothing is lost with it undisposed; a stop may come at any time.
    private readonly CancellationTokenSource _ended = new();

    /// <summary>Ends the wait: the server stops. Thread-safe.</summary>
    public void Stop() => _ = _ended.CancelAsync();

    /// <summary>Waits for the verdict, whatever the client does.</summary>
    public async ValueTask<Verdict> RunAsync(CancellationToken aborted) => await AnswerAsync(aborted) ?? question.Check.WhenFailed;

    /// <summary>Waits for the verdict, for the client to go, or for the server to stop.</summary>
    /// <param name="input">The client's input. The caller has advanced it to the first unhandled octet.</param>
    /// <param name="aborted">Ends the session.</param>
    /// <exception cref="IOException">The connection was reset.</exception>
    public async ValueTask<(Verdict Verdict, AskResult End)> RunAsync(LookAheadReader input, CancellationToken aborted)
    {
        var answer = AnswerAsync(aborted);
        try
        {
            if (await input.EndsBeforeAsync(answer, aborted)) return (default, AskResult.Gone);
            return await answer is { } verdict ? (verdict, AskResult.Answered) : (default, AskResult.Stopped);
        }
        finally
        {
            // The check need not go on for nobody.
            if (!answer.IsCompleted) await _ended.CancelAsync();
        }
    }

    // Null when nobody waits for the verdict any more.
    private async Task<Verdict?> AnswerAsync(CancellationToken aborted)
    {
        using var budget = new CancellationTokenSource(question.Check.Budget, services.Time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(budget.Token, _ended.Token, aborted);
        try
        {
            // The check may take no notice of its token.
            return await question.AskAsync(any.Token).AsTask().WaitAsync(any.Token);
        }
        catch (Exception e)
        {
            aborted.ThrowIfCancellationRequested();
            if (_ended.IsCancellationRequested) return null;
            var reason = budget.IsCancellationRequested ? $"no answer within {question.Check.Budget}" : $"{e.GetType().Name}: {e.Message}";
            services.LogCheckFailed(client, session, question.Check.Name, reason);
            return question.Check.WhenFailed;
        }
    }
}
