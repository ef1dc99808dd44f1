"""The folder whose one script puts what steps made into data stores; it is the source of the steps that do so."""
