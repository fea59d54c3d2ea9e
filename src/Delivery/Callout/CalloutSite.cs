using Microsoft.Extensions.Logging;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;
using Postfleet.Delivery.Common;
using Postfleet.Delivery.Smtp;

namespace Postfleet.Delivery.Callout;

/// <summary>
/// The questions to one destination. Few connections are open at a time, and each answers the questions that wait before it is closed.
/// When the destination cannot be reached, or does not reply in time, all questions are answered with the reason for a short time.
/// Thread-safe.
/// </summary>
internal sealed class CalloutSite(
    DeliveryTarget target, Func<DeliveryTarget, CancellationToken, ValueTask<ConnectResult>> connect, TimeProvider time, ILogger logger)
{
    /// <summary>Most connections at a time, beside those that deliver mail.</summary>
    public const int MaxConnections = 4;

    /// <summary>Most questions that wait; further ones have no answer.</summary>
    public const int MaxWaiting = 1000;

    /// <summary>Most questions on one connection, since hosts limit the transactions.</summary>
    public const int MaxQuestions = 50;

    /// <summary>How long a destination may take for a connection, up to the reply to EHLO, and for the replies to a question.</summary>
    public static readonly TimeSpan MaxReply = TimeSpan.FromSeconds(10);

    /// <summary>How long a destination counts as unreachable after a failed connection, or a question without a reply.</summary>
    public static readonly TimeSpan DownFor = TimeSpan.FromSeconds(30);

    /// <summary>How long questions have no answer after this node had no socket for a connection.</summary>
    public static readonly TimeSpan ShortFor = TimeSpan.FromSeconds(1);

    private static readonly CalloutAnswer TooMany =
        new(CalloutResult.Unknown, new SmtpReply(451, new EnhancedStatus(4, 4, 5), "too many questions wait"));

    private static readonly CalloutAnswer Failed =
        new(CalloutResult.Unknown, new SmtpReply(451, new EnhancedStatus(4, 3, 0), "internal error"));

    private static readonly SmtpReply TooSlow =
        new(451, new EnhancedStatus(4, 4, 2), $"the host has not replied within {MaxReply.TotalSeconds:0} s");

    private readonly Lock _lock = new();
    private readonly Queue<Question> _waiting = [];
    private int _connections;
    private long _downSince;
    private TimeSpan _downFor;
    private CalloutAnswer? _down;

    /// <summary>Asks about a recipient.</summary>
    public Task<CalloutAnswer> AskAsync(Mailbox recipient)
    {
        var question = new Question(recipient);
        lock (_lock)
        {
            if (_down is { } down && time.GetElapsedTime(_downSince) < _downFor) return Task.FromResult(down);
            if (_waiting.Count >= MaxWaiting) return Task.FromResult(TooMany);
            _waiting.Enqueue(question);
            if (_connections >= MaxConnections) return question.Answer;
            _connections++;
        }

        _ = Task.Run(WorkAsync);
        return question.Answer;
    }

    // Ends when no question waits.
    private async Task WorkAsync()
    {
        while (Next() is { } question)
        {
            try
            {
                await ServeAsync(question);
            }
            catch (Exception e)
            {
                // A fault of the program must leave neither a question nor the count of connections behind.
                logger.CalloutCrashed(e, target.Destination.Value);
                question.Set(Failed);
            }
        }
    }

    private async Task ServeAsync(Question first)
    {
        var result = await ConnectInTimeAsync();
        if (result is not ConnectResult.Connected { Connection: ICalloutConnection connection })
        {
            if (result is ConnectResult.Connected other) await other.Connection.DisposeAsync();
            var refused = result as ConnectResult.Refused;
            Fail(
                first, refused is null ? Failed : new CalloutAnswer(CalloutResult.Unknown, refused.Reply),
                refused is { IsLocal: true } ? ShortFor : DownFor);
            return;
        }

        await using var opened = connection;
        var answer = await AskInTimeAsync(connection, first);
        // A new connection without an answer says as much as none.
        if (answer is null || (answer.Result == CalloutResult.Unknown && !connection.IsUsable))
        {
            Fail(first, answer ?? new CalloutAnswer(CalloutResult.Unknown, TooSlow), DownFor);
            return;
        }

        first.Set(answer);
        for (var asked = 1; asked < MaxQuestions && connection.IsUsable && TryNext() is { } question; asked++)
        {
            if (await AnswerAsync(connection, question)) continue;
            Fail(question, new CalloutAnswer(CalloutResult.Unknown, TooSlow), DownFor);
            return;
        }

        await connection.QuitAsync();
    }

    // The time-outs of deliveries are minutes; a client waits for the answer.
    private async ValueTask<ConnectResult> ConnectInTimeAsync()
    {
        using var limit = new CancellationTokenSource(MaxReply, time);
        try
        {
            return await connect(target, limit.Token);
        }
        catch (OperationCanceledException e) when (limit.IsCancellationRequested)
        {
            return new ConnectResult.Refused(TooSlow) { IsLocal = e is NoSocketException };
        }
    }

    // Null if the host has not replied in time. The connection cannot be used again then.
    private async Task<CalloutAnswer?> AskInTimeAsync(ICalloutConnection connection, Question question)
    {
        try
        {
            return await connection.AskAsync(question.Recipient).AsTask().WaitAsync(MaxReply, time);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    // Whether the host has replied in time.
    private async Task<bool> AnswerAsync(ICalloutConnection connection, Question question)
    {
        try
        {
            if (await AskInTimeAsync(connection, question) is not { } answer) return false;
            question.Set(answer);
            return true;
        }
        catch
        {
            // A question that a fault of the program ends is answered, too.
            question.Set(Failed);
            throw;
        }
    }

    private void Fail(Question first, CalloutAnswer answer, TimeSpan pause)
    {
        List<Question> failed = [first];
        lock (_lock)
        {
            (_down, _downSince, _downFor) = (answer, time.GetTimestamp(), pause);
            failed.AddRange(_waiting);
            _waiting.Clear();
        }

        logger.CalloutFailed(target.Destination.Value, failed.Count, answer.Reply!.ToString());
        foreach (var question in failed) question.Set(answer);
    }

    // Null ends the worker.
    private Question? Next()
    {
        lock (_lock)
        {
            if (_waiting.TryDequeue(out var question)) return question;
            _connections--;
            return null;
        }
    }

    private Question? TryNext()
    {
        lock (_lock)
        {
            return _waiting.TryDequeue(out var question) ? question : null;
        }
    }

    private sealed class Question(Mailbox recipient)
    {
        private readonly TaskCompletionSource<CalloutAnswer> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Mailbox Recipient => recipient;

        public Task<CalloutAnswer> Answer => _answer.Task;

        public void Set(CalloutAnswer answer) => _answer.TrySetResult(answer);
    }
}
