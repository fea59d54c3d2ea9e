using System.Net;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Postfleet.Admin.Http;
using Postfleet.Admin.Options;
using Postfleet.Contracts.Queueing;
using Postfleet.Contracts.Receiving;
using Postfleet.Core.Concurrency;
using Postfleet.Core.Mail;
using Postfleet.Core.Queueing;

namespace Postfleet.Admin.Injection;

/// <summary>
/// Runs the checks of the SMTP server on a message over HTTP: the routes that reject mail, and the checks of the mail, recipient and data
/// stages that other modules register for the service <see cref="InjectionReader.Listener"/>. Requests call it on their threads.
/// </summary>
internal sealed class InjectionChecks
{
    // Of refused recipients in the text of a problem.
    private const int MaxShown = 20;

    private static readonly Verdict Rejected = Verdict.Refuse("550 5.7.1 Mail to this domain is not accepted");

    private readonly Current<AdminSettings> _settings;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ListenerProfile _listener;
    private readonly ISessionCheck<MailSubject>[] _mail;
    private readonly ISessionCheck<RecipientSubject>[] _recipient;
    private readonly ISessionCheck<DataSubject>[] _data;

    public InjectionChecks(
        Current<AdminSettings> settings, IEnumerable<ISessionCheck<MailSubject>> mail,
        IEnumerable<ISessionCheck<RecipientSubject>> recipient,
        IEnumerable<ISessionCheck<DataSubject>> data, TimeProvider time, ILoggerFactory loggers)
    {
        (_settings, _time, _logger) = (settings, time, loggers.CreateLogger("Admin"));
        _listener = new ListenerProfile(InjectionReader.Listener, ListenerTls.None) { Endpoint = $"{settings.Value.Admin.Endpoint}" };
        _mail = [.. mail.Where(check => check.AppliesTo(_listener))];
        _recipient = [.. recipient.Where(check => check.AppliesTo(_listener))];
        _data = [.. data.Where(check => check.AppliesTo(_listener))];
    }

    /// <summary>Checks a message.</summary>
    /// <returns>The message to store, without discarded recipients and with the headers of the checks; null if it is discarded.</returns>
    /// <exception cref="ProblemException">The message or a recipient is refused or deferred.</exception>
    public async ValueTask<Submission?> RunAsync(Submission submission, HttpContext http)
    {
        var rewriting = _settings.Value.Rewriting;
        if (rewriting is not null) submission = InjectionRewriting.Recipients(submission, rewriting);
        var session = new HttpSession
        {
            Listener = _listener,
            Client = http.Connection.RemoteIpAddress ?? IPAddress.None,
            AuthenticatedUser = submission.Envelope.Acceptance.User,
            IsSecure = http.Request.IsHttps,
            ReversePath = submission.Envelope.ReversePath,
        };
        var run = new Run(submission.Id, session.AuthenticatedUser, []);
        var sender = await RunAsync(_mail, new MailSubject(session, session.ReversePath, null), run, http.RequestAborted);
        ThrowUnlessAccepted(sender, "from");
        List<string> refused = [];
        var isDeferred = true;
        foreach (var (index, recipient) in submission.Recipients.Index())
        {
            var verdict = Rejects(recipient.Domain) ? Rejected : await RunAsync(
                _recipient,
                new RecipientSubject(session, recipient, submission.Requests.GetValueOrDefault(recipient, DsnRequest.None), false), run,
                http.RequestAborted);
            if (verdict.Kind == VerdictKind.Accept) session.Accepted.Add(recipient);
            else if (verdict.Kind == VerdictKind.Discard) AdminLog.Discarded(_logger, run.Id, run.Token, recipient.Address, run.LastCheck);
            else refused.Add($"recipients[{index}] '{recipient.Address}': {Text(verdict)}");
            isDeferred &= verdict.Kind != VerdictKind.Refuse;
        }

        if (refused.Count > 0)
        {
            var more = refused.Count > MaxShown ? $"; and {refused.Count - MaxShown} more" : "";
            throw new ProblemException(
                isDeferred ? ProblemKind.MessageDeferred : ProblemKind.MessageRefused,
                string.Join("; ", refused.Take(MaxShown)) + more);
        }

        var isDiscarded = sender.Kind == VerdictKind.Discard || session.Accepted.Count == 0;
        if (!isDiscarded)
        {
            var message = await RunAsync(_data, new DataSubject(session, submission.Content), run, http.RequestAborted);
            ThrowUnlessAccepted(message, "the message");
            isDiscarded = message.Kind == VerdictKind.Discard;
        }

        if (isDiscarded)
        {
            AdminLog.Discarded(_logger, run.Id, run.Token, string.Join(',', session.Accepted.Select(each => each.Address)), run.LastCheck);
            return null;
        }

        var content = run.Headers.Count == 0 ? submission.Content : AddedHeaders.Above(submission.Content, run.Headers);
        submission = submission with
        {
            Recipients = session.Accepted,
            Content = content,
            Envelope = submission.Envelope with { Size = content.Length },
        };
        return rewriting is null ? submission : InjectionRewriting.Message(submission, rewriting);
    }

    private bool Rejects(DomainName domain) => _settings.Value.Routes is { } routes && RouteRule.Rejects(routes, domain.Value);

    // Ends with the first verdict other than acceptance, and collects the headers of the checks before.
    private async ValueTask<Verdict> RunAsync<T>(ISessionCheck<T>[] checks, T subject, Run run, CancellationToken cancellationToken)
        where T : struct
    {
        foreach (var check in checks)
        {
            var verdict = await AskAsync(check, subject, run, cancellationToken);
            run.LastCheck = check.Name;
            if (verdict.Kind != VerdictKind.Accept) return verdict;
            if (!verdict.Header.IsEmpty) run.Headers.Add(verdict.Header);
        }

        return Verdict.Accept;
    }

    private async ValueTask<Verdict> AskAsync<T>(ISessionCheck<T> check, T subject, Run run, CancellationToken cancellationToken)
        where T : struct
    {
        using var budget = new CancellationTokenSource(check.Budget, _time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(budget.Token, cancellationToken);
        try
        {
            // WaitAsync bounds the wait for a check ignoring its token.
            return check.Judge(subject) ?? await check.AskAsync(subject, any.Token).AsTask().WaitAsync(any.Token);
        }
        catch (Exception e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var reason = budget.IsCancellationRequested ? $"no answer within {check.Budget}" : $"{e.GetType().Name}: {e.Message}";
            AdminLog.CheckFailed(_logger, check.Name, run.Id, run.Token, reason);
            return check.WhenFailed;
        }
    }

    private static void ThrowUnlessAccepted(in Verdict verdict, string subject)
    {
        if (verdict.Kind is VerdictKind.Refuse or VerdictKind.Defer)
        {
            throw new ProblemException(
                verdict.Kind == VerdictKind.Refuse ? ProblemKind.MessageRefused : ProblemKind.MessageDeferred,
                $"{subject}: {Text(verdict)}");
        }
    }

    private static string Text(in Verdict verdict) => Encoding.ASCII.GetString(verdict.Reply.Span).TrimEnd();

    // A message in the checks.
    private sealed record Run(MessageId Id, string Token, List<ReadOnlyMemory<byte>> Headers)
    {
        public string LastCheck { get; set; } = "";
    }
}
