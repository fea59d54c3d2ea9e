using Postfleet.Contracts.Receiving;

namespace Postfleet.Frontend.Session;

/// <summary>
/// A verdict which a check could not give at once. The stage's <see cref="CheckList{T}"/> creates the question, the session's loop awaits
/// the verdict, and the machine resumes with it.
/// </summary>
internal abstract class Question
{
    /// <summary>The check giving the verdict.</summary>
    public abstract ISessionCheck Check { get; }

    /// <summary>Asks the check for the verdict.</summary>
    public abstract ValueTask<Verdict> AskAsync(CancellationToken cancellationToken);
}

/// <summary>The checks of a stage, for resuming behind a question.</summary>
internal interface IStageChecks<T> where T : struct
{
    /// <summary>Applies the verdict of a check and runs the checks behind it.</summary>
    StageResult Resume(in T subject, int asked, Gathered gathered, Verdict verdict);
}

/// <summary>A question of a stage, with the state of the stage's run.</summary>
/// <param name="checks">The checks of the stage.</param>
/// <param name="check">The check giving the verdict.</param>
/// <param name="index">The index of the check in the list.</param>
/// <param name="subject">The subject of the stage.</param>
/// <param name="gathered">What the checks before have given.</param>
/// <param name="failure">The exception thrown by the check instead of a question; null otherwise.</param>
internal sealed class Question<T>(
    IStageChecks<T> checks, ISessionCheck<T> check, int index, T subject, Gathered gathered, Exception? failure)
    : Question where T : struct
{
    /// <inheritdoc/>
    public override ISessionCheck Check => check;

    /// <summary>The subject of the stage.</summary>
    public T Subject => subject;

    /// <inheritdoc/>
    public override ValueTask<Verdict> AskAsync(CancellationToken cancellationToken) =>
        failure is null ? check.AskAsync(subject, cancellationToken) : ValueTask.FromException<Verdict>(failure);

    /// <summary>Resumes the stage with the verdict.</summary>
    public StageResult Resume(Verdict verdict) => checks.Resume(subject, index, gathered, verdict);
}
