namespace Postfleet.Contracts.Receiving;

/// <summary>
/// One check of a stage of an SMTP session, whatever the stage. Checks are registered as <see cref="ISessionCheck{T}"/>; the frontend runs
/// those of a stage in the order of
/// their registration, behind its own. One object serves all sessions.
/// </summary>
public interface ISessionCheck
{
    /// <summary>How long a question may take where its check says nothing else.</summary>
    static readonly TimeSpan DefaultBudget = TimeSpan.FromSeconds(30);

    /// <summary>The check's name in the log.</summary>
    string Name { get; }

    /// <summary>
    /// How long a question may take. The client waits for its reply meanwhile, and gives up after five minutes (RFC 5321 section 4.5.3.2).
    /// </summary>
    TimeSpan Budget => DefaultBudget;

    /// <summary>What holds when the check throws or its question takes too long.</summary>
    Verdict WhenFailed => Verdict.Unavailable;

    /// <summary>Whether the check has a part in the sessions of a listener. It is asked once, when the listener is made.</summary>
    /// <param name="listener">The listener.</param>
    bool AppliesTo(ListenerProfile listener) => true;
}

/// <summary>A check of one stage.</summary>
/// <typeparam name="T">What the stage shows to its checks; it names the stage.</typeparam>
public interface ISessionCheck<in T> : ISessionCheck where T : struct
{
    /// <summary>Gives the verdict at once: no wait, no I/O. It is called by the session's state machine.</summary>
    /// <param name="subject">What is judged.</param>
    /// <returns>The verdict; null where it takes a question, which <see cref="AskAsync"/> then answers.</returns>
    Verdict? Judge(T subject);

    /// <summary>
    /// Answers what <see cref="Judge"/> could not. The session handles nothing else meanwhile, and what the client has sent stays unread.
    /// </summary>
    /// <param name="subject">What is judged. It may be read until the question is answered or cancelled.</param>
    /// <param name="cancellationToken">Cancelled when the time is over or the session ends. The session does not wait for a check that goes
    /// on after that.</param>
    ValueTask<Verdict> AskAsync(T subject, CancellationToken cancellationToken) => new(WhenFailed);
}
