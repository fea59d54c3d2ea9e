using System.Buffers;
using System.Collections.Concurrent;
using System.Text;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Mail;
using Postfleet.Frontend.Session;

namespace Postfleet.Frontend.Tests.Fixtures;

/// <summary>How a scripted check gives its verdicts.</summary>
internal enum Answering
{
    /// <summary>At once, without a question.</summary>
    AtOnce,

    /// <summary>By a self-completing question.</summary>
    Later,

    /// <summary>By a question completed by the test.</summary>
    ByTest,
}

/// <summary>
/// A check of all stages with a single rule. The rule gets the subject as text: <c>connect</c>, <c>hello c</c>, <c>mail a@x.test</c>,
/// <c>rcpt b@y.test</c>, or <c>data</c> and <c>message</c> with the
/// content.
/// </summary>
internal sealed class ScriptedCheck(Func<string, Verdict> rule, Answering answering) : ISessionCheck<ConnectSubject>,
    ISessionCheck<HelloSubject>, ISessionCheck<MailSubject>, ISessionCheck<RecipientSubject>, ISessionCheck<DataSubject>,
    ISessionCheck<MessageSubject>
{
    private readonly ConcurrentQueue<(TaskCompletionSource<Verdict> Answer, string About)> _questions = new();
    private readonly ConcurrentQueue<string> _judged = new();
    private readonly TaskCompletionSource _asked = new();

    public string Name { get; init; } = "scripted";

    public Verdict WhenFailed { get; init; } = Verdict.Unavailable;

    /// <summary>Whether the check applies to a listener.</summary>
    public Func<ListenerProfile, bool> Applies { get; init; } = listener => listener.Service == "relay";

    /// <summary>The judged subjects, in order.</summary>
    public IReadOnlyList<string> Judged => [.. _judged];

    /// <summary>The cancellation token of the last question.</summary>
    public CancellationToken Token { get; private set; }

    /// <summary>Completes with the first question.</summary>
    public Task Asked => _asked.Task;

    /// <summary>The check in each of the stages.</summary>
    public SessionChecks All => new()
    {
        Connect = [this],
        Hello = [this],
        Mail = [this],
        Recipient = [this],
        Data = [this],
        Message = [this],
    };

    /// <summary>A rule: the verdict whose name occurs in the subject.</summary>
    public static Verdict ByName(string about) =>
        about.Contains("header", StringComparison.Ordinal) ? Verdict.AcceptWith("X-Check", about.Split(' ')[0])
        : about.Contains("defer", StringComparison.Ordinal) ? Verdict.Defer("450 4.7.1 Later")
        : about.Contains("refuse", StringComparison.Ordinal) ? Verdict.Refuse("550 5.7.1 Never")
        : about.Contains("discard", StringComparison.Ordinal) ? Verdict.Discard
        : about.Contains("throw", StringComparison.Ordinal) ? throw new InvalidOperationException("as the test wants")
        : Verdict.Accept;

    public bool AppliesTo(ListenerProfile listener) => Applies(listener);

    /// <summary>Completes the oldest question.</summary>
    /// <returns>False without a question.</returns>
    public bool AnswerNext()
    {
        if (!_questions.TryDequeue(out var question)) return false;
        try
        {
            question.Answer.TrySetResult(rule(question.About));
        }
        catch (InvalidOperationException e)
        {
            question.Answer.TrySetException(e);
        }

        return true;
    }

    public Verdict? Judge(ConnectSubject subject) => Judge("connect");

    public Verdict? Judge(HelloSubject subject) => Judge(About(subject));

    public Verdict? Judge(MailSubject subject) => Judge(About(subject));

    public Verdict? Judge(RecipientSubject subject) => Judge(About(subject));

    public Verdict? Judge(DataSubject subject) => Judge(About("data", subject.Content));

    public Verdict? Judge(MessageSubject subject) => Judge(About("message", subject.Content));

    public ValueTask<Verdict> AskAsync(ConnectSubject subject, CancellationToken cancellationToken) =>
        AskAsync("connect", cancellationToken);

    public ValueTask<Verdict> AskAsync(HelloSubject subject, CancellationToken cancellationToken) =>
        AskAsync(About(subject), cancellationToken);

    public ValueTask<Verdict> AskAsync(MailSubject subject, CancellationToken cancellationToken) =>
        AskAsync(About(subject), cancellationToken);

    public ValueTask<Verdict> AskAsync(RecipientSubject subject, CancellationToken cancellationToken) =>
        AskAsync(About(subject), cancellationToken);

    public ValueTask<Verdict> AskAsync(DataSubject subject, CancellationToken cancellationToken) =>
        AskAsync(About("data", subject.Content), cancellationToken);

    public ValueTask<Verdict> AskAsync(MessageSubject subject, CancellationToken cancellationToken) =>
        AskAsync(About("message", subject.Content), cancellationToken);

    private static string About(HelloSubject subject) => $"hello {subject.Name}";

    private static string About(MailSubject subject) => $"mail {subject.ReversePath?.Address}";

    private static string About(RecipientSubject subject) => $"rcpt {subject.Recipient.Address}";

    private static string About(string stage, MessageContent octets)
    {
        // Without the trace header, which contains the recipient.
        var content = Encoding.Latin1.GetString(octets.Octets.ToArray());
        return $"{stage} {content[(content.IndexOf("+0000\r\n", StringComparison.Ordinal) + 7)..]}";
    }

    private Verdict? Judge(string about)
    {
        _judged.Enqueue(about);
        return answering == Answering.AtOnce ? rule(about) : null;
    }

    private async ValueTask<Verdict> AskAsync(string about, CancellationToken cancellationToken)
    {
        Token = cancellationToken;
        if (answering == Answering.Later)
        {
            await Task.Yield();
            return rule(about);
        }

        var answer = new TaskCompletionSource<Verdict>();
        _questions.Enqueue((answer, about));
        _asked.TrySetResult();
        return await answer.Task;
    }
}
