using Postfleet.Contracts.Receiving;

namespace Postfleet.Frontend.Session;

/// <summary>
/// What a session has to know before it goes on. The session's machine makes it, the session's loop has it answered, and the machine
/// resumes with the verdict.
/// </summary>
internal abstract class Question
{
    /// <summary>The asking check.</summary>
    public abstract ISessionCheck Check { get; }

    /// <summary>Has it answered by its check.</summary>
    public abstract ValueTask<Verdict> AskAsync(CancellationToken cancellationToken);
}

/// <summary>The checks of a stage, as a question goes on with them.</summary>
internal interface IStageChecks<T> where T : struct
{
    /// <summary>Goes on behind a check whose question is answered.</summary>
    StageResult Resume(in T subject, int asked, List<ReadOnlyMemory<byte>>? headers, Verdict verdict);
}

/// <summary>A question of one stage.</summary>
/// <param name="checks">The checks of the stage.</param>
/// <param name="check">The asking check.</param>
/// <param name="index">Its place in the list.</param>
/// <param name="subject">What it judges.</param>
/// <param name="headers">The headers that checks before it have added.</param>
/// <param name="failure">The exception of a check whose judgement failed; null for a question.</param>
internal sealed class Question<T>(
    IStageChecks<T> checks, ISessionCheck<T> check, int index, T subject, List<ReadOnlyMemory<byte>>? headers, Exception? failure)
    : Question where T : struct
{
    /// <inheritdoc/>
    public override ISessionCheck Check => check;

    /// <summary>The subject of the judgement.</summary>
    public T Subject => subject;

    /// <inheritdoc/>
    public override ValueTask<Verdict> AskAsync(CancellationToken cancellationToken) =>
        failure is null ? check.AskAsync(subject, cancellationToken) : ValueTask.FromException<Verdict>(failure);

    /// <summary>Goes on with the answer.</summary>
    public StageResult Resume(Verdict verdict) => checks.Resume(subject, index, headers, verdict);
}
