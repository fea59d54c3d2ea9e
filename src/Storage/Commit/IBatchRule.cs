namespace Postfleet.Storage.Commit;

/// <summary>
/// Says which operations may share a transaction. One lane of a <see cref="GroupCommit{TOperation}"/> owns it and is its only caller.
/// </summary>
/// <typeparam name="TOperation">A write.</typeparam>
public interface IBatchRule<in TOperation>
{
    /// <summary>
    /// Whether an operation may join those that are collected. The next transaction begins with an operation that may not.
    /// </summary>
    bool MayJoin(TOperation operation);

    /// <summary>The next transaction begins.</summary>
    void Clear();
}
