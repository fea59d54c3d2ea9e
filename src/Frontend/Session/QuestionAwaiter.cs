using System.Net;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Queueing;

namespace Postfleet.Frontend.Session;

/// <summary>How the wait for a verdict ended.</summary>
internal enum QuestionResult
{
    /// <summary>There is a verdict, given by the check, or the check's verdict for its own failure.</summary>
    Answered,

    /// <summary>The client has closed the connection.</summary>
    ClientLeft,

    /// <summary>The server is stopping.</summary>
    ServerStopping,
}

/// <summary>
/// Awaits the verdict on a question, in bounded time. Meanwhile the input is read ahead to notice when the client leaves; the session
/// still receives all octets. Called by the session's loop, except <see cref="Stop"/>, which any thread may call.
/// </summary>
internal sealed class QuestionAwaiter(
    Question question, SessionServices services, IPAddress client, string session, MessageId? message = null)
{
    // Never disposed, since Stop may be called at any time. Without a timer it holds no resource.
    private readonly CancellationTokenSource _ended = new();

    /// <summary>Ends the wait, since the server is stopping. Thread-safe.</summary>
    public void Stop() => _ = _ended.CancelAsync();

    /// <summary>Waits for the verdict, even if the client leaves.</summary>
    public async ValueTask<Verdict> RunAsync(CancellationToken aborted) => await AnswerAsync(aborted) ?? question.Check.WhenFailed;

    /// <summary>Waits until there is a verdict, the client leaves, or the server stops.</summary>
    /// <param name="input">The client's input, which the caller has advanced to the first unhandled octet.</param>
    /// <param name="aborted">Ends the session.</param>
    /// <exception cref="IOException">The connection was reset.</exception>
    public async ValueTask<(Verdict Verdict, QuestionResult End)> RunAsync(LookAheadReader input, CancellationToken aborted)
    {
        var answer = AnswerAsync(aborted);
        try
        {
            if (await input.ClientLeavesBeforeAsync(answer, aborted)) return (default, QuestionResult.ClientLeft);
            return await answer is { } verdict ? (verdict, QuestionResult.Answered) : (default, QuestionResult.ServerStopping);
        }
        finally
        {
            // Nobody waits for the verdict any more: the check may stop.
            if (!answer.IsCompleted) await _ended.CancelAsync();
        }
    }

    // Null when the wait ended before the verdict.
    private async Task<Verdict?> AnswerAsync(CancellationToken aborted)
    {
        using var budget = new CancellationTokenSource(question.Check.Budget, services.Time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(budget.Token, _ended.Token, aborted);
        try
        {
            // WaitAsync bounds the wait for a check ignoring its token.
            return await question.AskAsync(any.Token).AsTask().WaitAsync(any.Token);
        }
        catch (Exception e)
        {
            aborted.ThrowIfCancellationRequested();
            if (_ended.IsCancellationRequested) return null;
            var reason = budget.IsCancellationRequested ? $"no answer within {question.Check.Budget}" : $"{e.GetType().Name}: {e.Message}";
            services.LogCheckFailed(client, session, question.Check.Name, reason, message);
            return question.Check.WhenFailed;
        }
    }
}
