using Postfleet.Contracts.Receiving;

namespace Postfleet.Frontend.Session;

/// <summary>Creates lists of checks.</summary>
internal static class CheckList
{
    /// <summary>The applicable checks of a listener, in the given order.</summary>
    public static CheckList<T> For<T>(ListenerProfile listener, IReadOnlyList<ISessionCheck<T>> checks) where T : struct =>
        new([.. checks.Where(check => check.AppliesTo(listener))]);
}

/// <summary>
/// The checks of a stage for a listener, in order. A run ends with the first verdict other than acceptance. All sessions of the listener
/// share the list; it is immutable.
/// </summary>
internal sealed class CheckList<T>(ISessionCheck<T>[] checks) : IStageChecks<T> where T : struct
{
    /// <summary>Runs the checks up to the end, a verdict other than acceptance, or a question.</summary>
    public StageResult Run(in T subject) => Run(subject, 0, null);

    /// <inheritdoc/>
    public StageResult Resume(in T subject, int asked, List<ReadOnlyMemory<byte>>? headers, Verdict verdict) =>
        EndOf(checks[asked], verdict, ref headers) ?? Run(subject, asked + 1, headers);

    private StageResult Run(in T subject, int first, List<ReadOnlyMemory<byte>>? headers)
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
                return new(default, headers, "", new Question<T>(this, checks[i], i, subject, headers, e));
            }

            if (verdict is not { } known) return new(default, headers, "", new Question<T>(this, checks[i], i, subject, headers, null));
            if (EndOf(checks[i], known, ref headers) is { } end) return end;
        }

        return new(Verdict.Accept, headers, "", null);
    }

    // The result of the stage when the verdict ends it; null when the run goes on.
    private static StageResult? EndOf(ISessionCheck<T> check, Verdict verdict, ref List<ReadOnlyMemory<byte>>? headers)
    {
        if (verdict.Kind != VerdictKind.Accept) return new(verdict, headers, check.Name, null);
        if (!verdict.Header.IsEmpty) (headers ??= []).Add(verdict.Header);
        return null;
    }
}
