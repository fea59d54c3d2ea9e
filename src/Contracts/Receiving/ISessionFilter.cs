namespace Postfleet.Contracts.Receiving;

/// <summary>A check that follows a session through all stages, and may change its messages.</summary>
public interface ISessionFilter : ISessionCheck<ConnectSubject>, ISessionCheck<HelloSubject>, ISessionCheck<MailSubject>,
    ISessionCheck<RecipientSubject>, ISessionCheck<MessageSubject>, ISessionCheck<UnknownSubject>;
