namespace Postfleet.Contracts.Receiving;

/// <summary>
/// A check of an SMTP session, independent of its stage. Modules register checks in the container as <see cref="ISessionCheck{T}"/>; the
/// frontend runs the checks of a stage in the order of registration, behind its own checks. One object serves all sessions: it must be
/// thread-safe.
/// </summary>
public interface ISessionCheck
{
    /// <summary>The default of <see cref="Budget"/>.</summary>
    static readonly TimeSpan DefaultBudget = TimeSpan.FromSeconds(30);

    /// <summary>The check's name in the log.</summary>
    string Name { get; }

    /// <summary>
    /// Time limit of a question. The client waits for its reply meanwhile; clients time out after five minutes (RFC 5321 section 4.5.3.2).
    /// </summary>
    TimeSpan Budget => DefaultBudget;

    /// <summary>The verdict when the check throws or exceeds its time limit.</summary>
    Verdict WhenFailed => Verdict.Unavailable;

    /// <summary>Whether the check runs in the sessions of a listener. Called once, when the listener opens.</summary>
    /// <param name="listener">The listener.</param>
    bool AppliesTo(ListenerProfile listener) => true;
}

/// <summary>A check of a stage.</summary>
/// <typeparam name="T">The subject of the stage, which identifies the stage.</typeparam>
public interface ISessionCheck<in T> : ISessionCheck where T : struct
{
    /// <summary>Gives the verdict at once, without waiting or I/O. Called by the session's state machine.</summary>
    /// <param name="subject">The subject of the stage.</param>
    /// <returns>The verdict; null for a question, which <see cref="AskAsync"/> then answers.</returns>
    Verdict? Judge(T subject);

    /// <summary>Gives the verdict when <see cref="Judge"/> could not. The session handles no other input meanwhile.</summary>
    /// <param name="subject">The subject of the stage. It may be read until the verdict or the cancellation.</param>
    /// <param name="cancellationToken">Cancelled when the time limit is over or the session ends. The session does not wait for a check
    /// ignoring the cancellation.</param>
    ValueTask<Verdict> AskAsync(T subject, CancellationToken cancellationToken) => new(WhenFailed);
}
