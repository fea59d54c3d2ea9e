using System.Net;
using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Common;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Options;
using Postfleet.Frontend.Recipients;
using Postfleet.Frontend.Rewriting;

namespace Postfleet.Frontend.Session;

/// <summary>
/// The profile of a listener for its sessions: the listener's properties, and the stages with their applicable checks. Immutable; created
/// when the listener opens, and shared by all of its sessions.
/// </summary>
internal sealed class SessionProfile
{
    /// <param name="listener">The properties of the listener.</param>
    /// <param name="server">The replies with the name of this host.</param>
    /// <param name="limits">The limits of sessions.</param>
    /// <param name="relay">The relay policy.</param>
    /// <param name="checks">The registered checks.</param>
    /// <param name="filters">The filters, behind all checks: refused mail makes no work for them.</param>
    /// <param name="submission">The services of submission; null on other listeners.</param>
    /// <param name="report">Is told the ends of AUTH dialogues.</param>
    /// <param name="limitReport">Is told the recipients that limits of users refuse.</param>
    /// <param name="inbound">The services of inbound mail; null on other listeners.</param>
    /// <param name="recipients">The recipients of the inbound domains; null where each is accepted.</param>
    /// <param name="rewriter">The changes of addresses and header fields; null for none.</param>
    /// <param name="proxy">Asks the hosts to which mail is passed on, as the last check of recipients before the filters; null for none.
    /// </param>
    public SessionProfile(
        ListenerProfile listener, ServerReplies server, SmtpOptions limits, RelayPolicy relay, SessionChecks checks,
        IReadOnlyList<ISessionFilter> filters, SubmissionServices? submission, IAuthenticationReport report,
        ILimitReport limitReport, InboundServices? inbound = null, RecipientRules? recipients = null, Rewriter? rewriter = null,
        ProxyCheck? proxy = null)
    {
        Listener = listener;
        Submission = submission;
        Authentication = submission is null ? null : new AuthenticationStage(submission.Sasl, report);
        Connect = new ConnectStage(server, CheckList.For<ConnectSubject>(listener, [.. checks.Connect, .. filters]));
        var ehlo = new EhloReply(
            server.Hostname, limits, listener, () => submission?.Sasl.Mechanisms ?? [], () => submission?.Extensions?.Keywords ?? []);
        Hello = new HelloStage(server, ehlo, CheckList.For<HelloSubject>(listener, [.. checks.Hello, .. filters]));
        // The own checks run first, which spares the other checks commands refused anyway.
        ISessionCheck<MailSubject>[] ownOfMail = [new AuthenticationCheck()];
        ISessionCheck<DataSubject>[] ownOfData = [];
        if (submission is not null)
        {
            var login = new LoginCheck(submission);
            ownOfMail = [.. ownOfMail, login, new SenderCheck(submission.Rules)];
            ownOfData = [login];
        }

        AuthservId = inbound?.AuthservId;
        SeparatesBody = inbound is not null || rewriter is not null || filters.Any(filter => filter.AppliesTo(listener));
        var checkedMail = listener.Checks.HasFlag(ListenerChecks.Authentication) ? inbound : null;
        var seal = checkedMail?.NewSeal();
        if (checkedMail is not null) ownOfData = [new InboundCheck(checkedMail, seal)];

        Mail = new MailStage(
            server, limits, CheckList.For<MailSubject>(listener, [.. ownOfMail, .. checks.Mail, .. filters]), submission?.Extensions);
        ISessionCheck<RecipientSubject>[] limitsOfUsers =
            submission?.Budgets is { } budgets ? [new UserLimitCheck(submission, budgets, limitReport)] : [];
        ISessionCheck<RecipientSubject>[] ownOfRecipient =
        [
            new RelayCheck(relay, inbound?.Domains, recipients),
            .. recipients is null ? [] : new[] { new RecipientCheck(recipients, relay) },
        ];
        ISessionCheck<RecipientSubject>[] passing = proxy is null ? [] : [proxy];
        ISessionCheck<RecipientSubject>[] callouts =
            recipients is { Callout: { } callout } ? [new CalloutCheck(recipients, callout, relay, inbound is not null)] : [];
        Recipient = new RecipientStage(
            limits, relay,
            CheckList.For<RecipientSubject>(
                listener, [.. ownOfRecipient, .. checks.Recipient, .. callouts, .. limitsOfUsers, .. passing, .. filters]),
            recipients, rewriter);
        Unknown = new UnknownStage(CheckList.For<UnknownSubject>(listener, [.. checks.Unknown, .. filters]));
        Verify = new VerifyStage(recipients);
        ISessionCheck<MessageSubject>[] ownOfMessage = rewriter is null ? [] : [new RewriteCheck(rewriter)];
        Message = new MessageStage(limits, CheckList.For<MessageSubject>(
            listener, [.. ownOfMessage, .. checks.Message, .. filters, .. seal is null ? [] : new[] { seal }]));
        Data = new DataStage(CheckList.For<DataSubject>(listener, [.. ownOfData, .. checks.Data]), Message);
    }

    /// <summary>The services of submission; null on other listeners.</summary>
    public SubmissionServices? Submission { get; }

    /// <summary>
    /// The authserv-id whose Authentication-Results fields are removed from messages (RFC 8601 section 5); null on listeners that write
    /// none.
    /// </summary>
    public string? AuthservId { get; }

    /// <summary>
    /// Whether the header of a message is separated from its body where a line belongs to no field (<see cref="Protocol.BrokenHeader"/>):
    /// where checks, filters or rewriting read the header. Other listeners pass messages on as they are.
    /// </summary>
    public bool SeparatesBody { get; }

    /// <summary>The stage of AUTH; null where it is not offered.</summary>
    public AuthenticationStage? Authentication { get; }

    /// <summary>Whether mechanisms of AUTH use the channel binding of TLS.</summary>
    public bool UsesChannelBinding => Submission?.Auth.ChannelBinding == ChannelBindingKind.Endpoint;

    /// <summary>Longest line before authentication.</summary>
    public int MaxLine => Authentication is null ? FrontendLimits.CommandLine : FrontendLimits.AuthenticationLine;

    /// <summary>Whether a client may authenticate without TLS.</summary>
    public bool MayAuthenticateInPlaintext(IPAddress client) => Submission?.PlaintextNetworks.Contains(client) == true;

    public ListenerProfile Listener { get; }

    public bool IsImplicitTls => Listener.Tls == ListenerTls.Implicit;

    public ConnectStage Connect { get; }

    public HelloStage Hello { get; }

    public MailStage Mail { get; }

    public RecipientStage Recipient { get; }

    public DataStage Data { get; }

    public MessageStage Message { get; }

    public UnknownStage Unknown { get; }

    public VerifyStage Verify { get; }
}
