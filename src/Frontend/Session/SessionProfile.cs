using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Options;

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
    public SessionProfile(ListenerProfile listener, ServerReplies server, SmtpOptions limits, RelayPolicy relay, SessionChecks checks)
    {
        Listener = listener;
        Connect = new ConnectStage(server, CheckList.For(listener, checks.Connect));
        Hello = new HelloStage(server, new EhloReply(server.Hostname, limits, listener), CheckList.For(listener, checks.Hello));
        Mail = new MailStage(server, limits, CheckList.For(listener, [new AuthenticationCheck(), .. checks.Mail]));
        // The relay rule runs first, which spares the other checks recipients refused anyway.
        Recipient = new RecipientStage(limits, relay, CheckList.For(listener, [new RelayCheck(relay), .. checks.Recipient]));
        Data = new DataStage(CheckList.For(listener, checks.Data));
    }

    public ListenerProfile Listener { get; }

    public bool IsImplicitTls => Listener.Tls == ListenerTls.Implicit;

    public ConnectStage Connect { get; }

    public HelloStage Hello { get; }

    public MailStage Mail { get; }

    public RecipientStage Recipient { get; }

    public DataStage Data { get; }
}
