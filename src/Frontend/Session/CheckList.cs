using Postfleet.Contracts.Receiving;

namespace Postfleet.Frontend.Session;

/// <summary>Creates lists of checks.</summary>
internal static class CheckList
{
    /// <summary>The applicable checks of a listener, in the given order.</summary>
    public static CheckList<T> For<T>(ListenerProfile listener, IReadOnlyList<ISessionCheck<T>> checks) where T : struct =>
        new([.. checks.Where(check => check.AppliesTo(listener))]);
}

/// <summary>What the checks of a run that accepted have given so far.</summary>
/// <param name="Headers">The headers to add, in the order of the checks; null for none.</param>
/// <param name="Change">The changes of the message together; null for none.</param>
internal readonly record struct Gathered(List<ReadOnlyMemory<byte>>? Headers, MessageChange? Change);

/// <summary>
/// The checks of a stage for a listener, in order. A run ends with the first verdict other than acceptance. All sessions of the listener
/// share the list; it is immutable.
/// </summary>
internal sealed class CheckList<T>(ISessionCheck<T>[] checks) : IStageChecks<T> where T : struct
{
    /// <summary>Whether the list has no checks.</summary>
    public bool IsEmpty => checks.Length == 0;

    /// <summary>Runs the checks up to the end, a verdict other than acceptance, or a question.</summary>
    public StageResult Run(in T subject) => Run(subject, 0, default);

    /// <inheritdoc/>
    public StageResult Resume(in T subject, int asked, Gathered gathered, Verdict verdict)
    {
        var changed = subject;
        return EndOf(checks[asked], verdict, ref changed, ref gathered) ?? Run(changed, asked + 1, gathered);
    }

    private StageResult Run(T subject, int first, Gathered gathered)
    {
        for (var i = first; i < checks.Length; i++)
        {
            Verdict? verdict;
            try
            {
                verdict = checks[i].Judge(subject);
            }
            catch (Exception e)
            {
                // Becomes a failing question, so QuestionAwaiter alone handles failed checks.
                return new(default, gathered, "", new Question<T>(this, checks[i], i, subject, gathered, e));
            }

            if (verdict is not { } known) return new(default, gathered, "", new Question<T>(this, checks[i], i, subject, gathered, null));
            if (EndOf(checks[i], known, ref subject, ref gathered) is { } end) return end;
        }

        return new(Verdict.Accept, gathered, checks.Length > 0 ? checks[^1].Name : "", null);
    }

    // The result of the stage when the verdict ends it; null when the run goes on.
    private static StageResult? EndOf(ISessionCheck<T> check, Verdict verdict, ref T subject, ref Gathered gathered)
    {
        if (verdict.Kind != VerdictKind.Accept) return new(verdict, gathered, check.Name, null);
        if (subject is IChangedSubject<T> message)
        {
            if (message.ChangeBy(verdict) is not { } change) return null;
            subject = message.After(change);
            gathered = gathered with { Change = gathered.Change?.Then(change) ?? change };
        }
        else if (!verdict.Header.IsEmpty)
        {
            gathered = gathered with { Headers = gathered.Headers ?? [] };
            gathered.Headers.Add(verdict.Header);
        }

        return null;
    }
}
