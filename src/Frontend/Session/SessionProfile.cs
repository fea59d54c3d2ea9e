using Postfleet.Contracts.Receiving;
using Postfleet.Frontend.Intake;
using Postfleet.Frontend.Options;

namespace Postfleet.Frontend.Session;

/// <summary>
/// What the sessions of one listener have in common: what the listener is for, and the stages with the checks that apply to it. All
/// sessions of the listener share it.
/// </summary>
internal sealed class SessionProfile
{
    /// <param name="listener">What the listener is for.</param>
    /// <param name="own">What the server says of itself.</param>
    /// <param name="limits">The limits of sessions.</param>
    /// <param name="relay">For whom mail is taken to where.</param>
    /// <param name="checks">The checks that are registered.</param>
    public SessionProfile(ListenerProfile listener, ServerReplies own, SmtpOptions limits, RelayPolicy relay, SessionChecks checks)
    {
        Listener = listener;
        Connect = new ConnectStage(own, CheckList.For(listener, checks.Connect));
        Hello = new HelloStage(own, CheckList.For(listener, checks.Hello));
        Mail = new MailStage(own, limits, CheckList.For(listener, checks.Mail));
        // The relay rule comes first: nobody asks about mail that would not be taken anyway.
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
