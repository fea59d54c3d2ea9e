using Postfleet.Contracts.Receiving;

namespace Postfleet.Frontend.Session;

/// <summary>Makes lists of checks.</summary>
internal static class CheckList
{
    /// <summary>The checks that apply to a listener, in their order.</summary>
    public static CheckList<T> For<T>(ListenerProfile listener, IReadOnlyList<ISessionCheck<T>> checks) where T : struct =>
        new([.. checks.Where(check => check.AppliesTo(listener))]);
}

/// <summary>
/// The checks of one stage, in order. They are asked one after the other, up to the first that does not accept. All sessions of a listener
/// share the list.
/// </summary>
internal sealed class CheckList<T>(ISessionCheck<T>[] checks) : IStageChecks<T> where T : struct
{
    /// <summary>Runs the checks as far as they know their verdicts at once.</summary>
    public StageResult Run(in T subject) => Run(subject, 0, null);

    /// <inheritdoc/>
    public StageResult Resume(in T subject, int asked, List<ReadOnlyMemory<byte>>? headers, Verdict verdict) =>
        Take(checks[asked], verdict, ref headers) ?? Run(subject, asked + 1, headers);

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
                // The question of a check that throws has failed already: what then holds is decided in one place.
                return new(default, headers, "", new Question<T>(this, checks[i], i, subject, headers, e));
            }

            if (verdict is not { } known) return new(default, headers, "", new Question<T>(this, checks[i], i, subject, headers, null));
            if (Take(checks[i], known, ref headers) is { } end) return end;
        }

        return new(Verdict.Accept, headers, "", null);
    }

    private static StageResult? Take(ISessionCheck<T> check, Verdict verdict, ref List<ReadOnlyMemory<byte>>? headers)
    {
        if (verdict.Kind != VerdictKind.Accept) return new(verdict, headers, check.Name, null);
        if (!verdict.Header.IsEmpty) (headers ??= []).Add(verdict.Header);
        return null;
    }
}
