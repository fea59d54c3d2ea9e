namespace Postfleet.Storage.Commit;

/// <summary>
/// Says which operations may share a transaction. A lane of a <see cref="GroupCommit{TOperation}"/> owns it and is its only caller.
/// </summary>
/// <typeparam name="TOperation">A write.</typeparam>
public interface IBatchRule<in TOperation>
{
    /// <summary>Whether an operation may join the operations collected so far. If not, the next transaction begins with it.</summary>
    bool MayJoin(TOperation operation);

    /// <summary>Forgets the collected operations: the next transaction begins.</summary>
    void Clear();
}
